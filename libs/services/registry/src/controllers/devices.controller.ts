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
  ResetDevice,
} from '../cqrs/devices.handlers.ts';
import { ReadDeviceSecret, ResetDeviceSecret } from '../cqrs/device-secrets.handlers.ts';
import { answer, FromCall, type Call } from '../http/call.ts';
import { deviceListQuery, type DeviceListQuery, type GetQuery } from '../http/query.schemas.ts';
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
    return answer(reply, await this.#commands.execute(new CreateDevice(call, body)));
  }

  @Get()
  list(@FromCall() call: Call, @Query({ schema: deviceListQuery }) query: DeviceListQuery) {
    return this.#queries.execute(new ListDevices(call, query));
  }

  @Get(':deviceId')
  get(@FromCall() call: Call, @DeviceId() deviceId: string, @Asked() query: GetQuery) {
    return this.#queries.execute(new GetDevice(call, { deviceId, ...query }));
  }

  @Patch(':deviceId')
  async patch(
    @FromCall() call: Call,
    @DeviceId() deviceId: string,
    @Body({ schema: patchDeviceBody }) details: PatchDeviceBody,
    @Reply() reply: FastifyReply,
  ) {
    return answer(
      reply,
      await this.#commands.execute(new PatchDevice(call, { deviceId, details })),
    );
  }

  @Delete(':deviceId')
  @HttpCode(204)
  async remove(
    @FromCall() call: Call,
    @DeviceId() deviceId: string,
    @Nothing() _: object,
    @Reply() reply: FastifyReply,
  ) {
    return answer(reply, await this.#commands.execute(new DeleteDevice(call, { deviceId })));
  }

  @Get(':deviceId/secret')
  async readSecret(
    @FromCall() call: Call,
    @DeviceId() deviceId: string,
    @Asked() { after }: GetQuery,
    @Reply() reply: FastifyReply,
  ) {
    return answer(
      reply,
      await this.#commands.execute(new ReadDeviceSecret(call, { deviceId, after })),
    );
  }

  @Post(':deviceId/disable')
  @HttpCode(200)
  async disable(
    @FromCall() call: Call,
    @DeviceId() deviceId: string,
    @Body({ schema: disableDeviceBody }) body: DisableDeviceBody,
    @Reply() reply: FastifyReply,
  ) {
    return answer(
      reply,
      await this.#commands.execute(new DisableDevice(call, { deviceId, ...body })),
    );
  }

  @Post(':deviceId/enable')
  @HttpCode(200)
  async enable(
    @FromCall() call: Call,
    @DeviceId() deviceId: string,
    @Nothing() _: object,
    @Reply() reply: FastifyReply,
  ) {
    return answer(reply, await this.#commands.execute(new EnableDevice(call, { deviceId })));
  }

  @Post(':deviceId/reset')
  @HttpCode(200)
  async reset(
    @FromCall() call: Call,
    @DeviceId() deviceId: string,
    @Nothing() _: object,
    @Reply() reply: FastifyReply,
  ) {
    return answer(reply, await this.#commands.execute(new ResetDevice(call, { deviceId })));
  }

  @Post(':deviceId/secret/reset')
  @HttpCode(200)
  async resetSecret(
    @FromCall() call: Call,
    @DeviceId() deviceId: string,
    @Body({ schema: resetDeviceSecretBody }) body: ResetDeviceSecretBody,
    @Reply() reply: FastifyReply,
  ) {
    return answer(
      reply,
      await this.#commands.execute(new ResetDeviceSecret(call, { deviceId, ...body })),
    );
  }
}
