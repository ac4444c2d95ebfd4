import { countDevicesAt } from '@tallystick/projections';
import type { SqlDatabase, SqlRow, SqlSession, SqlValue } from '@tallystick/ports';
import { createTables } from '../tables.ts';

/** What is limited: a tenant, or one of its products. */
export interface QuotaScope {
  readonly tenant: string;
  readonly productKey: string | null;
  readonly limit: number;
}

/** Lives that began, up to this position of the store. */
export interface Begun {
  readonly position: number;
  readonly devices: number;
}

/** What one holder says of itself, and what it wants. */
export interface Exchange {
  /** New for each process. */
  readonly holder: string;
  /** Places of appends whose outcome is not known yet. */
  readonly underWay: number;
  readonly begun: readonly Begun[];
  readonly wanted: number;
  /** The view has all that stood in the store a moment ago. */
  readonly caughtUp: boolean;
}

export interface Exchanged {
  /** What the holder has from now on, beside what is under way; may be more than it wanted. */
  readonly places: number;
  /** What began up to here is in the view's count. */
  readonly seen: number;
  /** Whether less than was wanted may be final: the count alone says so, or nobody holds more. */
  readonly final: boolean;
  /** False: the view is not known to have seen enough, and nothing was given. */
  readonly known: boolean;
}

/** A place that is held for so long and not renewed is free again. */
export const LEASE_MS = 30_000;
/** So long after its lease a holder that died is forgotten, once the view has caught up. */
const GRACE_MS = 10_000;
/** A holder that died and was never asked for. */
const FORGOTTEN_MS = 24 * 3_600_000;
/** Far from the limit places are taken ahead: of the room this part, and at most so many. */
const PART_OF_ROOM = 64;
const MOST_AT_ONCE = 10_000;

const SCHEMA = [
  // `seen`: how far a view had come by which a holder's row was shortened; -1: none was.
  `CREATE TABLE IF NOT EXISTS registry_quotas (scope TEXT PRIMARY KEY, seen BIGINT NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS registry_places (
     scope TEXT NOT NULL, holder TEXT NOT NULL, held BIGINT NOT NULL, begun BIGINT NOT NULL,
     position BIGINT NOT NULL, until BIGINT NOT NULL, PRIMARY KEY (scope, holder))`,
];

/** Its row is locked to the end of the transaction: exchanges of one scope go one after another. */
const LOCK = `INSERT INTO registry_quotas (scope, seen) VALUES (?, -1)
  ON CONFLICT (scope) DO UPDATE SET seen = registry_quotas.seen`;
const NOW = {
  sqlite: `SELECT CAST(unixepoch('subsec') * 1000 AS INTEGER) AS now`,
  postgres: `SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT) AS now`,
} as const;
const OTHERS = `SELECT COALESCE(SUM(held), 0) AS held,
    COALESCE(SUM(CASE WHEN position > ? THEN begun ELSE 0 END), 0) AS begun
  FROM registry_places WHERE scope = ? AND holder <> ?`;
const KEEP = `INSERT INTO registry_places (scope, holder, held, begun, position, until) VALUES (?,?,?,?,?,?)
  ON CONFLICT (scope, holder) DO UPDATE SET held = excluded.held, begun = excluded.begun,
    position = excluded.position, until = excluded.until`;

const nameOf = ({ tenant, productKey }: QuotaScope): string =>
  productKey === null ? tenant : `${tenant}/${productKey}`;

const numberOf = (row: SqlRow | undefined, column: string): number => Number(row?.[column] ?? 0);

/** What stands of a scope, under its lock. */
interface Standing {
  readonly seen: number;
  readonly known: boolean;
  readonly devices: number;
  readonly others: { readonly held: number; readonly begun: number };
  readonly now: number;
}

async function look(
  session: SqlSession,
  dialect: SqlDatabase['dialect'],
  scope: QuotaScope,
  { holder, caughtUp }: Exchange,
): Promise<Standing> {
  const name = nameOf(scope);
  await session.run(LOCK, [name]);
  const [quota] = await session.all('SELECT seen FROM registry_quotas WHERE scope = ?', [name]);
  const [clock] = await session.all(NOW[dialect]);
  const now = numberOf(clock, 'now');
  const old = now - (caughtUp ? GRACE_MS : FORGOTTEN_MS);
  await session.run('DELETE FROM registry_places WHERE scope = ? AND until < ?', [name, old]);
  const { position, devices } = await countDevicesAt(session, scope.tenant, scope.productKey);
  const [row] = await session.all(OTHERS, [position, name, holder]);
  const others = { held: numberOf(row, 'held'), begun: numberOf(row, 'begun') };
  const seen = numberOf(quota, 'seen');
  const known = caughtUp || (seen !== -1 && position >= seen);
  return { seen: position, known, devices, others, now };
}

/** More than is wanted where there is much room, so that the next ones need no exchange. */
function placesIn(room: number, wanted: number): number {
  if (room <= wanted) return Math.max(room, 0);
  const ahead = Math.min(MOST_AT_ONCE, Math.floor(room / PART_OF_ROOM));
  return wanted === 0 ? 0 : Math.max(wanted, ahead);
}

async function keep(
  session: SqlSession,
  scope: QuotaScope,
  { holder, underWay }: Exchange,
  begun: readonly Begun[],
  places: number,
  { seen, now }: Standing,
): Promise<void> {
  const name = nameOf(scope);
  await session.run('UPDATE registry_quotas SET seen = ? WHERE scope = ?', [seen, name]);
  const held = underWay + places;
  if (held === 0 && begun.length === 0) {
    await session.run('DELETE FROM registry_places WHERE scope = ? AND holder = ?', [name, holder]);
    return;
  }
  const devices = begun.reduce((sum, one) => sum + one.devices, 0);
  const position = Math.max(0, ...begun.map((one) => one.position));
  const values: SqlValue[] = [name, holder, held, devices, position, now + LEASE_MS];
  await session.run(KEEP, values);
}

/**
 * Who holds how many places for devices that the view's count does not show yet, by tenant and
 * product: in a table, for several registries share the limit. Times are the database's, so that
 * the clocks of the registries do not matter.
 */
export interface PlacesLedger {
  /** Renews what the holder has, and gives it what there is room for, in one transaction. */
  exchange(scope: QuotaScope, asked: Exchange): Promise<Exchanged>;
}

export function createPlacesLedger(sql: SqlDatabase): PlacesLedger {
  let prepared: Promise<void> | null = null;
  const prepare = (): Promise<void> =>
    (prepared ??= createTables(sql, SCHEMA).catch((error: unknown) => {
      prepared = null;
      throw error;
    }));

  return {
    async exchange(scope, asked) {
      await prepare();
      return sql.write(async (session) => {
        const standing = await look(session, sql.dialect, scope, asked);
        const { seen, known, devices, others } = standing;
        if (!known) return { places: 0, seen: 0, final: false, known };
        const begun = asked.begun.filter(({ position }) => position > seen);
        const own = asked.underWay + begun.reduce((sum, one) => sum + one.devices, 0);
        const room = scope.limit - devices - others.held - others.begun - own;
        const places = placesIn(room, asked.wanted);
        await keep(session, scope, asked, begun, places, standing);
        const held = others.held + asked.underWay;
        return { places, seen, known, final: devices >= scope.limit || held === 0 };
      });
    },
  };
}
