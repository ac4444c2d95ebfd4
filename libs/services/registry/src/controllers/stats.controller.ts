import { Controller, Get, Inject, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { GetDecisionStats, GetStats } from '../cqrs/stats.handlers.ts';
import { FromCall, type Call } from '../http/call.ts';
import {
  decisionStatsQuery,
  type DecisionStatsQuery,
  type GetQuery,
} from '../http/query.schemas.ts';
import { Asked } from './parameters.ts';

@Controller('api/v1/stats')
export class StatsController {
  readonly #queries: QueryBus;

  constructor(@Inject(QueryBus) queries: QueryBus) {
    this.#queries = queries;
  }

  @Get()
  fleet(@FromCall() call: Call, @Asked() query: GetQuery) {
    return this.#queries.execute(new GetStats(call, query));
  }

  @Get('decisions')
  decisions(
    @FromCall() call: Call,
    @Query({ schema: decisionStatsQuery }) query: DecisionStatsQuery,
  ) {
    return this.#queries.execute(new GetDecisionStats(call, query));
  }
}
