import { Controller, Get, Inject, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ListAudit } from '../cqrs/audit.handlers.ts';
import { FromCall, type Call } from '../http/call.ts';
import { auditQuery, type AuditQuery } from '../http/query.schemas.ts';

@Controller('api/v1/audit')
export class AuditController {
  readonly #queries: QueryBus;

  constructor(@Inject(QueryBus) queries: QueryBus) {
    this.#queries = queries;
  }

  @Get()
  list(@FromCall() call: Call, @Query({ schema: auditQuery }) query: AuditQuery) {
    return this.#queries.execute(new ListAudit(call, query));
  }
}
