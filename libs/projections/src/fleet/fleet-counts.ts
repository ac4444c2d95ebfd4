import type { SqlSession } from '@tallystick/ports';
import type { Place } from '../views/view.types.ts';
import { countedAs, type FleetRow } from './fleet-row.ts';
import { WHOLE_TENANT } from './fleet.tables.ts';

/** What a batch changes in the counts; they are kept in the transaction of the rows they count. */
export class FleetCounts {
  readonly #changes = new Map<string, number>();

  move(key: string, before: FleetRow | null, after: FleetRow | null): void {
    const [tenant = '', productKey = ''] = key.split('/');
    for (const [row, by] of [
      [before, -1],
      [after, 1],
    ] as const)
      for (const kind of countedAs(row)) {
        this.#add(`${tenant}/${productKey}/${kind}`, by);
        this.#add(`${tenant}/${WHOLE_TENANT}/${kind}`, by);
      }
  }

  #add(place: string, by: number): void {
    this.#changes.set(place, (this.#changes.get(place) ?? 0) + by);
  }

  async write(session: SqlSession, place: Place): Promise<void> {
    const table = `fleet_counts${place}`;
    for (const [of, by] of this.#changes)
      if (by !== 0)
        await session.run(
          `INSERT INTO ${table} (tenant, product_key, kind, devices) VALUES (?, ?, ?, ?)
           ON CONFLICT (tenant, product_key, kind) DO UPDATE SET devices = ${table}.devices + excluded.devices`,
          [...of.split('/'), by],
        );
  }
}
