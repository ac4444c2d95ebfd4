import { Controller, Delete, Get, HttpCode, Inject } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { FastifyReply } from 'fastify';
import { EndSession, ExplainDevice, GetTimeline, ListSessions } from '../cqrs/history.handlers.ts';
import { answer, FromCall, type Call } from '../http/call.ts';
import type { UnitQuery } from '../http/query.schemas.ts';
import { AskedOfUnit, DeviceId, Nothing, Reply, SessionId } from './parameters.ts';

@Controller('api/v1')
export class HistoryController {
  readonly #commands: CommandBus;
  readonly #queries: QueryBus;

  constructor(@Inject(CommandBus) commands: CommandBus, @Inject(QueryBus) queries: QueryBus) {
    this.#commands = commands;
    this.#queries = queries;
  }

  @Get('devices/:deviceId/timeline')
  timeline(@FromCall() call: Call, @DeviceId() deviceId: string, @AskedOfUnit() query: UnitQuery) {
    return this.#queries.execute(new GetTimeline(call, { deviceId, ...query }));
  }

  @Get('devices/:deviceId/explain')
  explain(@FromCall() call: Call, @DeviceId() deviceId: string, @AskedOfUnit() query: UnitQuery) {
    return this.#queries.execute(new ExplainDevice(call, { deviceId, ...query }));
  }

  @Get('devices/:deviceId/sessions')
  sessions(@FromCall() call: Call, @DeviceId() deviceId: string, @AskedOfUnit() query: UnitQuery) {
    return this.#queries.execute(new ListSessions(call, { deviceId, ...query }));
  }

  @Delete('sessions/:sessionId')
  @HttpCode(204)
  async endSession(
    @FromCall() call: Call,
    @SessionId() sessionId: string,
    @Nothing() _: object,
    @Reply() reply: FastifyReply,
  ) {
    return answer(reply, await this.#commands.execute(new EndSession(call, { sessionId })));
  }
}
