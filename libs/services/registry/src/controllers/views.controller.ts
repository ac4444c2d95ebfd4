import { Controller, Get, HttpCode, Inject, Post } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { FastifyReply } from 'fastify';
import { GetViewCheck, ListViews, RebuildView, VerifyViews } from '../cqrs/views.handlers.ts';
import { answer, FromCall, type Call } from '../http/call.ts';
import type { GetQuery } from '../http/query.schemas.ts';
import { Asked, CheckId, Nothing, Reply, ViewName } from './parameters.ts';

@Controller('api/v1')
export class ViewsController {
  readonly #commands: CommandBus;
  readonly #queries: QueryBus;

  constructor(@Inject(CommandBus) commands: CommandBus, @Inject(QueryBus) queries: QueryBus) {
    this.#commands = commands;
    this.#queries = queries;
  }

  @Get('views')
  list(@FromCall() call: Call, @Asked() query: GetQuery) {
    return this.#queries.execute(new ListViews(call, query));
  }

  @Post('views/verify')
  @HttpCode(202)
  async verify(@FromCall() call: Call, @Nothing() _: object, @Reply() reply: FastifyReply) {
    return answer(reply, await this.#commands.execute(new VerifyViews(call, null)));
  }

  @Get('view-checks/:checkId')
  check(@FromCall() call: Call, @CheckId() checkId: string, @Asked() query: GetQuery) {
    return this.#queries.execute(new GetViewCheck(call, { checkId, ...query }));
  }

  @Post('views/:view/rebuild')
  @HttpCode(202)
  async rebuild(
    @FromCall() call: Call,
    @ViewName() view: string,
    @Nothing() _: object,
    @Reply() reply: FastifyReply,
  ) {
    return answer(reply, await this.#commands.execute(new RebuildView(call, { view })));
  }
}
