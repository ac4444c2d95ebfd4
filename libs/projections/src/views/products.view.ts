import { parseStream, toProductEvent } from '@tallystick/contracts';
import { evolveProduct, initialProduct, type ProductState } from '@tallystick/domain';
import type { SqlSession, SqlValue, StoredEvent } from '@tallystick/ports';
import { json, number, text } from '../stores/sql/rows.ts';
import { deleteByKeys, selectByKeys, upsert, type Table } from '../stores/sql/statements.ts';
import { foldEvents, groupByStream, type Folded } from './fold-streams.ts';
import type { IdentityView } from './view.types.ts';

const TABLE: Table = {
  name: 'products',
  columns: ['product_key', 'tenant', 'created_at', 'revision', 'state'],
  keyColumns: 1,
  documents: ['state'],
};

/** A product as the view keeps it. */
export type ProductRow = Folded<ProductState>;

const NO_ROW: ProductRow = { state: initialProduct, revision: 0 };

export function foldProductRow(before: ProductRow, events: readonly StoredEvent[]): ProductRow {
  return foldEvents(before, events, toProductEvent, evolveProduct);
}

async function load(
  session: SqlSession,
  keys: readonly string[],
): Promise<Map<string, ProductRow>> {
  const select = 'SELECT product_key, revision, state FROM products WHERE product_key';
  const rows = await selectByKeys(session, select, keys);
  return new Map(
    rows.map((row) => [
      text(row, 'product_key'),
      { state: json<ProductState>(row, 'state'), revision: number(row, 'revision') },
    ]),
  );
}

async function apply(session: SqlSession, events: readonly StoredEvent[]): Promise<void> {
  const streams = groupByStream(events, 'product/');
  if (streams.size === 0) return;
  const keyOf = (stream: string): string => {
    const name = parseStream(stream);
    return name.kind === 'product' ? name.productKey : '';
  };
  const known = await load(session, [...streams.keys()].map(keyOf));
  const rows: SqlValue[][] = [];
  const gone: string[] = [];
  for (const [stream, group] of streams) {
    const key = keyOf(stream);
    const { state, revision } = foldProductRow(known.get(key) ?? NO_ROW, group);
    if (state.status === 'absent') gone.push(key);
    else rows.push([key, state.tenant, state.createdAt, revision, JSON.stringify(state)]);
  }
  await deleteByKeys(session, 'products WHERE product_key', gone);
  await upsert(session, TABLE, rows);
}

/** Every living product. */
export const productsView: IdentityView = {
  name: 'products',
  version: 1,
  tables: ['products'],
  schema: [
    `CREATE TABLE products (
       product_key ?KEY PRIMARY KEY, tenant ?KEY NOT NULL, created_at BIGINT NOT NULL, revision BIGINT NOT NULL, state TEXT NOT NULL)`,
    `CREATE INDEX products_in_order ON products (tenant, created_at, product_key)`,
  ],
  apply,
};
