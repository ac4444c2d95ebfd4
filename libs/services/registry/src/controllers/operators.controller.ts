import { Body, Controller, Delete, Get, HttpCode, Inject, Post } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import {
  createTenantBody,
  createTokenBody,
  type CreateTenantBody,
  type CreateTokenBody,
} from '@tallystick/contracts';
import type { FastifyReply } from 'fastify';
import { CreateTenant, ListTenants } from '../cqrs/tenants.handlers.ts';
import { CreateToken, DeleteToken, ListTokens } from '../cqrs/tokens.handlers.ts';
import { answer, FromCall, type Call } from '../http/call.ts';
import type { ListQuery } from '../http/query.schemas.ts';
import { Listed, Nothing, Reply, TokenId } from './parameters.ts';

/** Tenants and tokens. */
@Controller('api/v1')
export class OperatorsController {
  readonly #commands: CommandBus;
  readonly #queries: QueryBus;

  constructor(@Inject(CommandBus) commands: CommandBus, @Inject(QueryBus) queries: QueryBus) {
    this.#commands = commands;
    this.#queries = queries;
  }

  @Post('tenants')
  async createTenant(
    @FromCall() call: Call,
    @Body({ schema: createTenantBody }) body: CreateTenantBody,
    @Reply() reply: FastifyReply,
  ) {
    return answer(reply, await this.#commands.execute(new CreateTenant(call, body)));
  }

  @Get('tenants')
  listTenants(@FromCall() call: Call, @Listed() query: ListQuery) {
    return this.#queries.execute(new ListTenants(call, query));
  }

  @Post('tokens')
  async createToken(
    @FromCall() call: Call,
    @Body({ schema: createTokenBody }) body: CreateTokenBody,
    @Reply() reply: FastifyReply,
  ) {
    return answer(reply, await this.#commands.execute(new CreateToken(call, body)));
  }

  @Get('tokens')
  listTokens(@FromCall() call: Call, @Listed() query: ListQuery) {
    return this.#queries.execute(new ListTokens(call, query));
  }

  @Delete('tokens/:tokenId')
  @HttpCode(204)
  async deleteToken(
    @FromCall() call: Call,
    @TokenId() tokenId: string,
    @Nothing() _: object,
    @Reply() reply: FastifyReply,
  ) {
    return answer(reply, await this.#commands.execute(new DeleteToken(call, { tokenId })));
  }
}
