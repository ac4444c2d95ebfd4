import type { JsonValue } from '@tallystick/kernel';

/** Product keys that stand in one row: a name that many products use must not make one row grow. */
const ROW_PRODUCTS = 64;

interface Rows {
  get(key: string): JsonValue | undefined;
}

interface WritableRows extends Rows {
  put(key: string, value: JsonValue): void;
  delete(key: string): void;
}

const toRow = (productKeys: readonly string[]): string => productKeys.join(' ');

/**
 * `n/{deviceKey}`, then `n/{deviceKey}/1` and so on: the products that have a device of that key.
 * All rows but the last are full. Whatever a product's dialect is: it may change later, and the
 * product's own record may come after its devices'.
 */
const rowKey = (deviceKey: string, at: number): string =>
  at === 0 ? `n/${deviceKey}` : `n/${deviceKey}/${at}`;

function rowAt(rows: Rows, deviceKey: string, at: number): readonly string[] {
  const row = rows.get(rowKey(deviceKey, at));
  return typeof row === 'string' ? row.split(' ') : [];
}

/** The keys of the products that have a device of that key, in no order. */
export function* productsWith(rows: Rows, deviceKey: string): Generator<string> {
  for (let at = 0; ; at += 1) {
    const row = rowAt(rows, deviceKey, at);
    yield* row;
    if (row.length < ROW_PRODUCTS) return;
  }
}

/** A device of that key began to live in the product. */
export function addNodeId(rows: WritableRows, deviceKey: string, productKey: string): void {
  for (let at = 0; ; at += 1) {
    const row = rowAt(rows, deviceKey, at);
    if (row.includes(productKey)) return;
    if (row.length < ROW_PRODUCTS)
      return rows.put(rowKey(deviceKey, at), toRow([...row, productKey]));
  }
}

/** Its life ended: the last of all takes its place, so that no row but the last has a gap. */
export function removeNodeId(rows: WritableRows, deviceKey: string, productKey: string): void {
  let found: number | null = null;
  let last = 0;
  for (let at = 0; ; at += 1) {
    const row = rowAt(rows, deviceKey, at);
    if (row.length > 0) last = at;
    if (row.includes(productKey)) found = at;
    if (row.length < ROW_PRODUCTS) break;
  }
  if (found === null) return;
  const moved = rowAt(rows, deviceKey, last).at(-1) ?? productKey;
  if (moved !== productKey) {
    const filled = rowAt(rows, deviceKey, found).map((one) => (one === productKey ? moved : one));
    rows.put(rowKey(deviceKey, found), toRow(filled));
  }
  const rest = rowAt(rows, deviceKey, last).slice(0, -1);
  if (rest.length > 0) rows.put(rowKey(deviceKey, last), toRow(rest));
  else rows.delete(rowKey(deviceKey, last));
}
