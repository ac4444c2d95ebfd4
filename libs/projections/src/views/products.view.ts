import { parseStream, toProductEvent } from '@tallystick/contracts';
import { evolveProduct, initialProduct, type ProductState } from '@tallystick/domain';
import type { SqlSession, SqlValue, StoredEvent } from '@tallystick/ports';
import { json, number, text } from '../stores/sql/rows.ts';
import {
  deleteByKeys,
  selectByKeys,
  tableAt,
  upsert,
  type Table,
} from '../stores/sql/statements.ts';
import { foldEvents, groupByStream, type Folded } from './fold-streams.ts';
import { countProducts } from './product-counts.ts';
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

export function foldProductRow(before: ProductRow, events: readonly StoredEvent[]): ProductRow {
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

async function apply(
  session: SqlSession,
  events: readonly StoredEvent[],
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
    const { state, revision } = foldProductRow(before, group);
    moves.push([before.state, state]);
    if (state.status === 'absent') gone.push(key);
    else
      rows.push([key, state.tenant, state.name, state.createdAt, revision, JSON.stringify(state)]);
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
    },
  ],
  apply,
};
