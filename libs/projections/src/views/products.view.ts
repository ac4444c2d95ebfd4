import { parseStream, toProductEvent } from '@tallystick/contracts';
import { evolveProduct, initialProduct, type ProductState } from '@tallystick/domain';
import type { SqlSession, SqlValue, LoggedEvent } from '@tallystick/ports';
import { json, number, text } from '../stores/sql/rows.ts';
import {
  deleteByKeys,
  selectByKeys,
  tableAt,
  upsert,
  type Table,
} from '../stores/sql/statements.ts';
import { foldEvents, groupByStream, openFold, type Folded } from './fold-streams.ts';
import { countProducts, fillProductCounts } from './product-counts.ts';
import type { IdentityView, Place } from './view.types.ts';

const TABLE: Table = {
  name: 'products',
  columns: ['product_key', 'tenant', 'name', 'created_at', 'revision', 'state'],
  keyColumns: 1,
  documents: ['state'],
};

/** A product as the view keeps it. */
export type ProductRow = Folded<ProductState>;

const NO_ROW: ProductRow = { state: initialProduct, revision: 0 };

export function foldProductRow(before: ProductRow, events: readonly LoggedEvent[]): ProductRow {
  return foldEvents(before, events, toProductEvent, evolveProduct);
}

async function load(
  session: SqlSession,
  keys: readonly string[],
  place: Place,
): Promise<Map<string, ProductRow>> {
  const select = `SELECT product_key, revision, state FROM products${place} WHERE product_key`;
  const rows = await selectByKeys(session, select, keys);
  return new Map(
    rows.map((row) => [
      text(row, 'product_key'),
      { state: json<ProductState>(row, 'state'), revision: number(row, 'revision') },
    ]),
  );
}

function keyOf(stream: string): string {
  const name = parseStream(stream);
  return name.kind === 'product' ? name.productKey : '';
}

/** null: there is no row. */
function toValues(key: string, { state, revision }: ProductRow): SqlValue[] | null {
  if (state.status === 'absent') return null;
  const { tenant, name, createdAt } = state;
  return [key, tenant, name, createdAt, revision, JSON.stringify(state)];
}

async function apply(
  session: SqlSession,
  events: readonly LoggedEvent[],
  place: Place,
): Promise<void> {
  const streams = groupByStream(events, 'product/');
  if (streams.size === 0) return;
  const known = await load(session, [...streams.keys()].map(keyOf), place);
  const rows: SqlValue[][] = [];
  const gone: string[] = [];
  const moves: [ProductState, ProductState][] = [];
  for (const [stream, group] of streams) {
    const key = keyOf(stream);
    const before = known.get(key) ?? NO_ROW;
    const folded = foldProductRow(before, group);
    moves.push([before.state, folded.state]);
    const values = toValues(key, folded);
    if (values === null) gone.push(key);
    else rows.push(values);
  }
  await deleteByKeys(session, `products${place} WHERE product_key`, gone);
  await upsert(session, tableAt(TABLE, place), rows);
  await countProducts(session, moves, place);
}

/** Every living product, and how many each tenant has. */
export const productsView: IdentityView = {
  name: 'products',
  version: 2,
  tables: [
    {
      name: 'products',
      columns: `product_key ?KEY NOT NULL, tenant ?KEY NOT NULL, name ?KEY NOT NULL, created_at BIGINT NOT NULL,
        revision BIGINT NOT NULL, state TEXT NOT NULL`,
      key: 'product_key',
      indexes: { products_in_order: '(tenant, created_at, product_key)' },
    },
    {
      name: 'product_counts',
      columns: 'tenant ?KEY NOT NULL, products BIGINT NOT NULL',
      key: 'tenant',
      indexed: 'first',
      meansNothing: 'products = 0',
    },
  ],
  prefix: 'product/',
  apply,
  open: (stream) => {
    const key = keyOf(stream);
    if (key === '') return null;
    return openFold(initialProduct, toProductEvent, evolveProduct, (folded) => {
      const values = toValues(key, folded);
      return values === null ? [] : [{ table: TABLE, rows: [values] }];
    });
  },
  complete: (write) => write(fillProductCounts),
};
