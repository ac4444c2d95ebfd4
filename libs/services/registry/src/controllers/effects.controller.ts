import { Controller, Delete, Get, HttpCode, Inject, Query, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { FastifyReply } from 'fastify';
import { GetEffects, ListGateways, RetireGateway } from '../cqrs/gateways.handlers.ts';
import { type HandlerParts, PARTS } from '../cqrs/handler.ts';
import { answer, FromCall, type Call } from '../http/call.ts';
import { UNSURE_MS, watchToken } from '../http/token-watch.ts';
import {
  effectsQuery,
  liveQuery,
  type EffectsQuery,
  type GetQuery,
  type LiveQuery,
} from '../http/query.schemas.ts';
import { parseLastEventId } from '../live/last-event-id.ts';
import type { LiveStreams } from '../live/live-stream.ts';
import { parseLiveTopic } from '../live/live-topics.ts';
import { LIVE_CONTENT_TYPE, toLiveSink } from '../live/response-sink.ts';
import { Asked, GatewayId, Nothing, Position, Reply } from './parameters.ts';

export const LIVE_STREAMS = Symbol.for('tallystick.registry.live');

@Controller('api/v1')
export class EffectsController {
  readonly #commands: CommandBus;
  readonly #queries: QueryBus;
  readonly #live: LiveStreams;
  readonly #parts: Pick<HandlerParts, 'views' | 'tokens'>;

  constructor(
    @Inject(CommandBus) commands: CommandBus,
    @Inject(QueryBus) queries: QueryBus,
    @Inject(LIVE_STREAMS) live: LiveStreams,
    @Inject(PARTS) parts: Pick<HandlerParts, 'views' | 'tokens'>,
  ) {
    this.#commands = commands;
    this.#queries = queries;
    this.#live = live;
    this.#parts = parts;
  }

  @Get('effects/:position')
  effects(
    @FromCall() call: Call,
    @Position() position: number,
    @Query({ schema: effectsQuery }) query: EffectsQuery,
  ) {
    return this.#queries.execute(new GetEffects(call, { position, ...query }));
  }

  @Get('gateways')
  gateways(@FromCall() call: Call, @Asked() query: GetQuery) {
    return this.#queries.execute(new ListGateways(call, query));
  }

  @Delete('gateways/:gatewayId')
  @HttpCode(204)
  async retire(
    @FromCall() call: Call,
    @GatewayId() gatewayId: string,
    @Nothing() _: object,
    @Reply() reply: FastifyReply,
  ) {
    return answer(reply, await this.#commands.execute(new RetireGateway(call, { gatewayId })));
  }

  @Get('events/stream')
  async stream(
    @FromCall() call: Call,
    @Query({ schema: liveQuery }) query: LiveQuery,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    // A HEAD that stayed open would hold up whatever comes after it on its connection.
    if (reply.request.method === 'HEAD') return void reply.type(LIVE_CONTENT_TYPE).send();
    const question = {
      tenant: call.tenant,
      topic: parseLiveTopic(query.topic, call.tenant),
      from: query.from ?? 'latest',
      leftOff: parseLastEventId(reply.request.headers['last-event-id']),
    } as const;
    if (query.after !== undefined) await this.#parts.views.reach(query.after);
    await this.#live.open(question, () => {
      void reply.hijack();
      watchToken(reply.raw, call.caller, this.#parts.tokens, UNSURE_MS);
      return toLiveSink(reply.raw);
    });
  }
}
