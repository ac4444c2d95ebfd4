import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Inject,
  Patch,
  Post,
  Query,
} from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import {
  createDeviceBody,
  disableDeviceBody,
  patchDeviceBody,
  resetDeviceSecretBody,
  type CreateDeviceBody,
  type DisableDeviceBody,
  type PatchDeviceBody,
  type ResetDeviceSecretBody,
} from '@tallystick/contracts';
import type { FastifyReply } from 'fastify';
import {
  CreateDevice,
  DeleteDevice,
  DisableDevice,
  EnableDevice,
  GetDevice,
  ListDevices,
  PatchDevice,
  ReadDeviceSecret,
  ResetDevice,
  ResetDeviceSecret,
} from '../cqrs/device.messages.ts';
import { FromCall, type Call } from '../http/call.ts';
import { deviceListQuery, type DeviceListQuery, type GetQuery } from '../http/query.schemas.ts';
import { answer } from './answer.ts';
import { Asked, DeviceId, Nothing, Reply } from './parameters.ts';

@Controller('api/v1/devices')
export class DevicesController {
  readonly #commands: CommandBus;
  readonly #queries: QueryBus;

  constructor(@Inject(CommandBus) commands: CommandBus, @Inject(QueryBus) queries: QueryBus) {
    this.#commands = commands;
    this.#queries = queries;
  }

  @Post()
  async create(
    @FromCall() call: Call,
    @Body({ schema: createDeviceBody }) body: CreateDeviceBody,
    @Reply() reply: FastifyReply,
  ) {
    return answer(reply, await this.#commands.execute(new CreateDevice(call, null, body)));
  }

  @Get()
  list(@FromCall() call: Call, @Query({ schema: deviceListQuery }) query: DeviceListQuery) {
    return this.#queries.execute(new ListDevices(call, null, query));
  }

  @Get(':deviceId')
  get(@FromCall() call: Call, @DeviceId() id: string, @Asked() query: GetQuery) {
    return this.#queries.execute(new GetDevice(call, id, query));
  }

  @Patch(':deviceId')
  async patch(
    @FromCall() call: Call,
    @DeviceId() id: string,
    @Body({ schema: patchDeviceBody }) body: PatchDeviceBody,
    @Reply() reply: FastifyReply,
  ) {
    return answer(reply, await this.#commands.execute(new PatchDevice(call, id, body)));
  }

  @Delete(':deviceId')
  @HttpCode(204)
  async remove(
    @FromCall() call: Call,
    @DeviceId() id: string,
    @Nothing() _: object,
    @Reply() reply: FastifyReply,
  ) {
    return answer(reply, await this.#commands.execute(new DeleteDevice(call, id, null)));
  }

  @Get(':deviceId/secret')
  async readSecret(
    @FromCall() call: Call,
    @DeviceId() id: string,
    @Asked() query: GetQuery,
    @Reply() reply: FastifyReply,
  ) {
    return answer(reply, await this.#commands.execute(new ReadDeviceSecret(call, id, query)));
  }

  @Post(':deviceId/disable')
  @HttpCode(200)
  async disable(
    @FromCall() call: Call,
    @DeviceId() id: string,
    @Body({ schema: disableDeviceBody }) body: DisableDeviceBody,
    @Reply() reply: FastifyReply,
  ) {
    return answer(reply, await this.#commands.execute(new DisableDevice(call, id, body)));
  }

  @Post(':deviceId/enable')
  @HttpCode(200)
  async enable(
    @FromCall() call: Call,
    @DeviceId() id: string,
    @Nothing() _: object,
    @Reply() reply: FastifyReply,
  ) {
    return answer(reply, await this.#commands.execute(new EnableDevice(call, id, null)));
  }

  @Post(':deviceId/reset')
  @HttpCode(200)
  async reset(
    @FromCall() call: Call,
    @DeviceId() id: string,
    @Nothing() _: object,
    @Reply() reply: FastifyReply,
  ) {
    return answer(reply, await this.#commands.execute(new ResetDevice(call, id, null)));
  }

  @Post(':deviceId/secret/reset')
  @HttpCode(200)
  async resetSecret(
    @FromCall() call: Call,
    @DeviceId() id: string,
    @Body({ schema: resetDeviceSecretBody }) body: ResetDeviceSecretBody,
    @Reply() reply: FastifyReply,
  ) {
    return answer(reply, await this.#commands.execute(new ResetDeviceSecret(call, id, body)));
  }
}
