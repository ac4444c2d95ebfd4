import { QueryHandler } from '@nestjs/cqrs';
import type { DecisionStatsDocument, StatsDocument } from '@tallystick/contracts';
import { DECISIONS_KEPT_MS, type StatsPeriod } from '@tallystick/projections';
import { invalidField } from '../http/problem.ts';
import type { DecisionStatsQuery, GetQuery } from '../http/query.schemas.ts';
import { Read, ReadHandler } from './read.ts';

export class GetStats extends Read<GetQuery, StatsDocument> {}
export class GetDecisionStats extends Read<DecisionStatsQuery, DecisionStatsDocument> {}

const DEFAULT_STEP_SECONDS = 60;

/** Whole steps, counted from 1970, within what is kept. */
export function periodOf(asked: DecisionStatsQuery, now: number): StatsPeriod {
  const { from = now - DECISIONS_KEPT_MS, to = now, step = DEFAULT_STEP_SECONDS } = asked;
  if (from > to) throw invalidField('from', 'not later than to');
  const stepMs = step * 1_000;
  const first = Math.max(from, now - DECISIONS_KEPT_MS);
  const last = Math.min(to, now);
  return {
    from: first - (first % stepMs),
    to: Math.ceil((last + 1) / stepMs) * stepMs,
    stepMs,
  };
}

@QueryHandler(GetStats)
export class GetStatsHandler extends ReadHandler<GetStats, StatsDocument> {
  protected read({ call }: GetStats) {
    return this.parts.views.countFleet(call.tenant);
  }
}

@QueryHandler(GetDecisionStats)
export class GetDecisionStatsHandler extends ReadHandler<GetDecisionStats, DecisionStatsDocument> {
  protected async read({ call, input }: GetDecisionStats) {
    const { views, clock } = this.parts;
    const period = periodOf(input, clock.now());
    return { data: await views.countDecisions(call.tenant, period) };
  }
}

export const STATS_HANDLERS = [GetStatsHandler, GetDecisionStatsHandler];
