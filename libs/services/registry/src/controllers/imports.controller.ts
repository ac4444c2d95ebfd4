import { Readable } from 'node:stream';
import { Controller, Get, HttpCode, Inject, Post, Query, Req } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type HandlerParts, PARTS } from '../cqrs/handler.ts';
import {
  GetJob,
  ImportDevices,
  ListJobRows,
  ReadJobSecrets,
  UndoJob,
} from '../cqrs/imports.handlers.ts';
import { answer, FromCall, type Call } from '../http/call.ts';
import {
  importQuery,
  jobRowsQuery,
  type GetQuery,
  type ImportQuery,
  type JobRowsQuery,
} from '../http/query.schemas.ts';
import { onBrokenOff } from '../http/broken-off.ts';
import { bodyTypeOf, piecesOf } from '../http/streamed-body.ts';
import { watchToken } from '../http/token-watch.ts';
import { Asked, JobId, Nothing, Reply } from './parameters.ts';

@Controller('api/v1')
export class ImportsController {
  readonly #commands: CommandBus;
  readonly #queries: QueryBus;
  readonly #tokens: HandlerParts['tokens'];

  constructor(
    @Inject(CommandBus) commands: CommandBus,
    @Inject(QueryBus) queries: QueryBus,
    @Inject(PARTS) { tokens }: Pick<HandlerParts, 'tokens'>,
  ) {
    this.#commands = commands;
    this.#queries = queries;
    this.#tokens = tokens;
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
    watchToken(reply.raw, call.caller, this.#tokens);
    const input = { format, productKey: productKey ?? null, dryRun, body } as const;
    try {
      return answer(reply, await this.#commands.execute(new ImportDevices(call, input)));
    } finally {
      // What is left of it is dropped.
      void body.return(undefined);
    }
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

  @Get('jobs/:jobId/secrets')
  async secrets(
    @FromCall() call: Call,
    @JobId() jobId: string,
    @Asked() query: GetQuery,
    @Reply() reply: FastifyReply,
  ) {
    const asked = new ReadJobSecrets(call, { jobId, ...query });
    const download = await this.#queries.execute(asked);
    onBrokenOff(reply.raw, () => void download.brokeOff());
    watchToken(reply.raw, call.caller, this.#tokens);
    void reply.header('content-type', 'text/csv; charset=utf-8');
    void reply.header('cache-control', 'no-store');
    return Readable.from(download.pieces);
  }

  @Post('jobs/:jobId/undo')
  @HttpCode(200)
  async undo(
    @FromCall() call: Call,
    @JobId() jobId: string,
    @Nothing() _: object,
    @Reply() reply: FastifyReply,
  ) {
    return answer(reply, await this.#commands.execute(new UndoJob(call, { jobId })));
  }
}
