import { Body, Controller, Delete, Get, HttpCode, Inject, Post } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { switchUnitBody, type SwitchUnitBody } from '@tallystick/contracts';
import type { FastifyReply } from 'fastify';
import {
  ClearUnits,
  ListUnits,
  PurgeUnit,
  ReopenName,
  SwitchUnit,
  UndoUnits,
} from '../cqrs/units.handlers.ts';
import { answer, FromCall, type Call } from '../http/call.ts';
import type { GetQuery } from '../http/query.schemas.ts';
import { Asked, ClientId, DeviceId, Nothing, Reply } from './parameters.ts';

@Controller('api/v1/devices/:deviceId/units')
export class UnitsController {
  readonly #commands: CommandBus;
  readonly #queries: QueryBus;

  constructor(@Inject(CommandBus) commands: CommandBus, @Inject(QueryBus) queries: QueryBus) {
    this.#commands = commands;
    this.#queries = queries;
  }

  @Get()
  list(@FromCall() call: Call, @DeviceId() deviceId: string, @Asked() query: GetQuery) {
    return this.#queries.execute(new ListUnits(call, { deviceId, ...query }));
  }

  @Post('switch')
  @HttpCode(200)
  async switch(
    @FromCall() call: Call,
    @DeviceId() deviceId: string,
    @Body({ schema: switchUnitBody }) body: SwitchUnitBody,
    @Reply() reply: FastifyReply,
  ) {
    return answer(reply, await this.#commands.execute(new SwitchUnit(call, { deviceId, ...body })));
  }

  @Post('clear')
  @HttpCode(200)
  async clear(
    @FromCall() call: Call,
    @DeviceId() deviceId: string,
    @Nothing() _: object,
    @Reply() reply: FastifyReply,
  ) {
    return answer(reply, await this.#commands.execute(new ClearUnits(call, { deviceId })));
  }

  @Post('undo')
  @HttpCode(200)
  async undo(
    @FromCall() call: Call,
    @DeviceId() deviceId: string,
    @Nothing() _: object,
    @Reply() reply: FastifyReply,
  ) {
    return answer(reply, await this.#commands.execute(new UndoUnits(call, { deviceId })));
  }

  @Post('reopen')
  @HttpCode(200)
  async reopen(
    @FromCall() call: Call,
    @DeviceId() deviceId: string,
    @Nothing() _: object,
    @Reply() reply: FastifyReply,
  ) {
    return answer(reply, await this.#commands.execute(new ReopenName(call, { deviceId })));
  }

  @Delete(':clientId')
  @HttpCode(204)
  async purge(
    @FromCall() call: Call,
    @DeviceId() deviceId: string,
    @ClientId() clientId: string,
    @Nothing() _: object,
    @Reply() reply: FastifyReply,
  ) {
    return answer(reply, await this.#commands.execute(new PurgeUnit(call, { deviceId, clientId })));
  }
}
