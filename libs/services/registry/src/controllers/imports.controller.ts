import { Controller, Get, HttpCode, Inject, Post, Query, Req } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { GetJob, ImportDevices, ListJobRows } from '../cqrs/imports.handlers.ts';
import { answer, FromCall, type Call } from '../http/call.ts';
import {
  importQuery,
  jobRowsQuery,
  type GetQuery,
  type ImportQuery,
  type JobRowsQuery,
} from '../http/query.schemas.ts';
import { bodyTypeOf, piecesOf } from '../http/streamed-body.ts';
import { Asked, JobId, Reply } from './parameters.ts';

@Controller('api/v1')
export class ImportsController {
  readonly #commands: CommandBus;
  readonly #queries: QueryBus;

  constructor(@Inject(CommandBus) commands: CommandBus, @Inject(QueryBus) queries: QueryBus) {
    this.#commands = commands;
    this.#queries = queries;
  }

  @Post('devices/import')
  @HttpCode(202)
  async import(
    @FromCall() call: Call,
    @Query({ schema: importQuery }) { dryRun = false, productKey }: ImportQuery,
    @Req() request: FastifyRequest,
    @Reply() reply: FastifyReply,
  ) {
    const format = bodyTypeOf(request) === 'text/csv' ? 'csv' : 'ndjson';
    const body = piecesOf(request.raw);
    const input = { format, productKey: productKey ?? null, dryRun, body } as const;
    return answer(reply, await this.#commands.execute(new ImportDevices(call, input)));
  }

  @Get('jobs/:jobId')
  job(@FromCall() call: Call, @JobId() jobId: string, @Asked() query: GetQuery) {
    return this.#queries.execute(new GetJob(call, { jobId, ...query }));
  }

  @Get('jobs/:jobId/rows')
  rows(
    @FromCall() call: Call,
    @JobId() jobId: string,
    @Query({ schema: jobRowsQuery }) query: JobRowsQuery,
  ) {
    return this.#queries.execute(new ListJobRows(call, { jobId, ...query }));
  }
}
