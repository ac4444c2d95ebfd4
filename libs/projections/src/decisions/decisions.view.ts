import { DECISION_REASONS, decodeJson, type DecisionReason } from '@tallystick/contracts';
import { parseRfc3339 } from '@tallystick/kernel';
import type { DeliveredRecord, SqlSession } from '@tallystick/ports';
import { checkpointsSchema, type BusView } from '../bus/bus-projector.ts';
import type { TableSet } from '../stores/sql/create-tables.ts';

export const MINUTE_MS = 60_000;
export const DECISIONS_KEPT_MS = 24 * 60 * MINUTE_MS;

const TABLES: TableSet = {
  name: 'decisions',
  version: 1,
  tables: ['decision_checkpoints', 'decision_minutes'],
  schema: [
    checkpointsSchema('decision_checkpoints'),
    `CREATE TABLE decision_minutes (
       tenant ?KEY NOT NULL, at BIGINT NOT NULL, reason ?KEY NOT NULL, decisions BIGINT NOT NULL,
       PRIMARY KEY (tenant, at, reason))`,
    `CREATE INDEX decision_minutes_by_age ON decision_minutes (at)`,
  ],
};

/** Decisions of one minute: that let in, or were refused for one reason. */
interface Counted {
  readonly tenant: string;
  readonly at: number;
  /** `allowed` is the reason of no refusal. */
  readonly reason: DecisionReason | 'allowed';
  readonly count: number;
}

const REASONS: ReadonlySet<string> = new Set(DECISION_REASONS);
const isReason = (reason: unknown): reason is DecisionReason =>
  typeof reason === 'string' && REASONS.has(reason);

function reasonOf(decision: unknown, reason: unknown): Counted['reason'] | null {
  if (decision === 'allow') return 'allowed';
  return decision === 'deny' && isReason(reason) ? reason : null;
}

/** null: nothing to count. A record without a key names no product, and so belongs to no tenant. */
function toCounted({ key, value, timestampMs }: DeliveredRecord): Counted | null {
  const tenant = key?.split('/')[0] ?? '';
  const read = value === null ? null : decodeJson(value);
  if (tenant === '' || read === null) return null;
  const reason = reasonOf(read['decision'], read['reason']);
  const count = read['count'];
  if (reason === null || typeof count !== 'number' || !Number.isSafeInteger(count)) return null;
  const to = typeof read['to'] === 'string' ? parseRfc3339(read['to']) : null;
  const time = to ?? timestampMs;
  return { tenant, at: time - (time % MINUTE_MS), reason, count };
}

async function write(
  session: SqlSession,
  records: readonly DeliveredRecord[],
  oldest: number,
): Promise<void> {
  const counts = new Map<string, Counted>();
  for (const record of records) {
    const counted = toCounted(record);
    if (counted === null || counted.at < oldest) continue;
    const group = `${counted.tenant}/${counted.at}/${counted.reason}`;
    const before = counts.get(group)?.count ?? 0;
    counts.set(group, { ...counted, count: before + counted.count });
  }
  for (const [, { tenant, at, reason, count }] of [...counts].sort(([a], [b]) => (a < b ? -1 : 1)))
    await session.run(
      `INSERT INTO decision_minutes (tenant, at, reason, decisions) VALUES (?, ?, ?, ?)
       ON CONFLICT (tenant, at, reason) DO UPDATE SET decisions = decision_minutes.decisions + excluded.decisions`,
      [tenant, at, reason, count],
    );
  await session.run('DELETE FROM decision_minutes WHERE at < ?', [oldest]);
}

/**
 * How many decisions the gateways took, by tenant, minute and reason, of the last 24 h: at most so
 * many rows as there are tenants, minutes and reasons.
 */
export function createDecisionsView(now: () => number): BusView {
  return {
    tables: TABLES,
    checkpoints: 'decision_checkpoints',
    write: async (session, records) => {
      await write(session, records, now() - DECISIONS_KEPT_MS);
      return [];
    },
  };
}
