import type { DecisionStatsDocument, StatsDocument } from '@tallystick/contracts';
import { toRfc3339 } from '@tallystick/kernel';
import type { SqlDatabase, SqlRow } from '@tallystick/ports';
import { WHOLE_TENANT } from '../fleet/fleet.tables.ts';
import { number, text } from '../stores/sql/rows.ts';
import type { IdentityQueries, StatsPeriod } from './queries.types.ts';

type StatsQueries = Pick<IdentityQueries, 'countFleet' | 'countDecisions'>;

const COUNTS = `SELECT kind, devices FROM fleet_counts WHERE tenant = ? AND product_key = '${WHOLE_TENANT}'
  UNION ALL SELECT 'products' AS kind, products AS devices FROM product_counts WHERE tenant = ?`;

const DECISIONS = `SELECT at, reason, decisions FROM decision_minutes WHERE tenant = ? AND at >= ? AND at < ?`;

type Step = DecisionStatsDocument['data'][number];

/** Every step of the period, those without a decision too. */
function toSteps(rows: readonly SqlRow[], { from, to, stepMs }: StatsPeriod): Step[] {
  const steps: { allowed: number; denied: Record<string, number> }[] = [];
  for (let at = from; at < to; at += stepMs) steps.push({ allowed: 0, denied: {} });
  for (const row of rows) {
    const step = steps[Math.floor((number(row, 'at') - from) / stepMs)];
    const count = number(row, 'decisions');
    const reason = text(row, 'reason');
    if (step === undefined) continue;
    if (reason === 'allowed') step.allowed += count;
    else step.denied[reason] = (step.denied[reason] ?? 0) + count;
  }
  return steps.map((step, nth) => ({ at: toRfc3339(from + nth * stepMs), ...step }));
}

export function createStatsQueries(db: SqlDatabase): StatsQueries {
  return {
    countFleet: async (tenant): Promise<StatsDocument> => {
      const rows = await db.read((session) => session.all(COUNTS, [tenant, tenant]));
      const counts = new Map(rows.map((row) => [text(row, 'kind'), number(row, 'devices')]));
      const of = (kind: string): number => counts.get(kind) ?? 0;
      return {
        devices: {
          inactive: of('inactive'),
          online: of('online'),
          offline: of('offline'),
          disabled: of('disabled'),
        },
        products: of('products'),
        conflicts: of('shared'),
      };
    },
    countDecisions: async (tenant, period) => {
      const { from, to } = period;
      const rows = await db.read((session) => session.all(DECISIONS, [tenant, from, to]));
      return toSteps(rows, period);
    },
  };
}
