import { Controller, Get, HttpCode, Inject, Post } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { FastifyReply } from 'fastify';
import { AdoptStore, GetStore } from '../cqrs/store.handlers.ts';
import { answer, FromCall, type Call } from '../http/call.ts';
import type { GetQuery } from '../http/query.schemas.ts';
import { Asked, Nothing, Reply } from './parameters.ts';

@Controller('api/v1/store')
export class StoreController {
  readonly #commands: CommandBus;
  readonly #queries: QueryBus;

  constructor(@Inject(CommandBus) commands: CommandBus, @Inject(QueryBus) queries: QueryBus) {
    this.#commands = commands;
    this.#queries = queries;
  }

  @Get()
  show(@FromCall() call: Call, @Asked() query: GetQuery) {
    return this.#queries.execute(new GetStore(call, query));
  }

  @Post('adopt')
  @HttpCode(200)
  async adopt(@FromCall() call: Call, @Nothing() _: object, @Reply() reply: FastifyReply) {
    return answer(reply, await this.#commands.execute(new AdoptStore(call, null)));
  }
}
