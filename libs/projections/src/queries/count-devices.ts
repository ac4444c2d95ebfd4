import type { SqlSession } from '@tallystick/ports';
import { WHOLE_TENANT } from '../fleet/fleet.tables.ts';
import { number } from '../stores/sql/rows.ts';

const COUNT = `SELECT COALESCE(SUM(devices), 0) AS devices FROM fleet_counts
  WHERE tenant = ? AND product_key = ? AND kind <> 'shared'`;
const POSITION = `SELECT position FROM view_checkpoints WHERE name = 'devices'`;

/** How many devices a tenant has, or one of its products. No row is counted for it. */
export async function countDevices(
  session: SqlSession,
  tenant: string,
  productKey: string | null,
): Promise<number> {
  const [row] = await session.all(COUNT, [tenant, productKey ?? WHOLE_TENANT]);
  return row === undefined ? 0 : number(row, 'devices');
}

/** The same for whoever must know what the count has seen: all up to `position`, and maybe more. */
export async function countDevicesAt(
  session: SqlSession,
  tenant: string,
  productKey: string | null,
): Promise<{ readonly position: number; readonly devices: number }> {
  const [row] = await session.all(POSITION);
  const position = row === undefined ? 0 : number(row, 'position');
  return { position, devices: await countDevices(session, tenant, productKey) };
}
