import type { ProductState } from '@tallystick/domain';
import type { SqlSession } from '@tallystick/ports';
import type { Place } from './view.types.ts';

type Move = readonly [before: ProductState, after: ProductState];

/** Kept in the transaction of the rows that it counts. */
export async function countProducts(
  session: SqlSession,
  moves: readonly Move[],
  place: Place,
): Promise<void> {
  const changes = new Map<string, number>();
  for (const [before, after] of moves)
    for (const [state, by] of [
      [before, -1],
      [after, 1],
    ] as const)
      if (state.status === 'live') changes.set(state.tenant, (changes.get(state.tenant) ?? 0) + by);
  const table = `product_counts${place}`;
  for (const [tenant, by] of changes)
    if (by !== 0)
      await session.run(
        `INSERT INTO ${table} (tenant, products) VALUES (?, ?)
         ON CONFLICT (tenant) DO UPDATE SET products = ${table}.products + excluded.products`,
        [tenant, by],
      );
}

/** Of the products that are built beside. */
export async function fillProductCounts(session: SqlSession): Promise<void> {
  await session.run(
    `INSERT INTO product_counts_beside (tenant, products)
     SELECT tenant, COUNT(*) FROM products_beside GROUP BY tenant`,
  );
}
