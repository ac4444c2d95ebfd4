import { Controller, Get, Inject, Param, Query, Res } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { positionParameter } from '@tallystick/contracts';
import type { FastifyReply } from 'fastify';
import { GetEffects, ListGateways } from '../cqrs/unit.messages.ts';
import { FromCall, type Call } from '../http/call.ts';
import {
  effectsQuery,
  liveQuery,
  type EffectsQuery,
  type GetQuery,
  type LiveQuery,
} from '../http/query.schemas.ts';
import { parseLiveTopic, type LiveStreams } from '../live/live-stream.ts';
import { toLiveSink } from '../live/response-sink.ts';
import { Asked } from './parameters.ts';

export const LIVE_STREAMS = Symbol.for('tallystick.registry.live');

@Controller('api/v1')
export class EffectsController {
  readonly #queries: QueryBus;
  readonly #live: LiveStreams;

  constructor(@Inject(QueryBus) queries: QueryBus, @Inject(LIVE_STREAMS) live: LiveStreams) {
    this.#queries = queries;
    this.#live = live;
  }

  @Get('effects/:position')
  effects(
    @FromCall() call: Call,
    @Param('position', { schema: positionParameter }) position: number,
    @Query({ schema: effectsQuery }) query: EffectsQuery,
  ) {
    return this.#queries.execute(new GetEffects(call, position, query));
  }

  @Get('gateways')
  gateways(@FromCall() call: Call, @Asked() query: GetQuery) {
    return this.#queries.execute(new ListGateways(call, null, query));
  }

  @Get('events/stream')
  async stream(
    @FromCall() call: Call,
    @Query({ schema: liveQuery }) query: LiveQuery,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const question = {
      tenant: call.tenant,
      topic: parseLiveTopic(query.topic),
      from: query.from ?? 'latest',
    };
    await this.#live.open(question, () => {
      void reply.hijack();
      return toLiveSink(reply.raw);
    });
  }
}
