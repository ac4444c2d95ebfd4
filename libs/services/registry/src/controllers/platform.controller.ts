import { Controller, Get, Inject, Res } from '@nestjs/common';
import { asyncApiDocument } from '@tallystick/contracts';
import type { JsonObject } from '@tallystick/kernel';
import type { FastifyReply } from 'fastify';
import { RETRY_AFTER_SECONDS } from '../http/problem.filter.ts';
import { openApiDocument } from '../openapi/openapi.ts';

export const PLATFORM = Symbol.for('tallystick.registry.platform');

/** What the process says of itself. */
export interface Platform {
  readiness(): { readonly ready: boolean; readonly checks: Readonly<Record<string, string>> };
  metrics(): Promise<{ readonly contentType: string; readonly text: string }>;
  /** What asyncapi.json says of the topics of this installation. */
  readonly topics: { readonly topicPrefix: string; readonly partitions: number };
}

@Controller()
export class PlatformController {
  readonly #platform: Platform;
  readonly #openApi = openApiDocument();
  readonly #asyncApi: JsonObject;

  constructor(@Inject(PLATFORM) platform: Platform) {
    this.#platform = platform;
    this.#asyncApi = asyncApiDocument(platform.topics);
  }

  @Get('healthz')
  health() {
    return { status: 'ok' };
  }

  @Get('readyz')
  ready(@Res({ passthrough: true }) reply: FastifyReply) {
    const readiness = this.#platform.readiness();
    void reply.code(readiness.ready ? 200 : 503);
    if (!readiness.ready) void reply.header('retry-after', RETRY_AFTER_SECONDS);
    return readiness;
  }

  @Get('metrics')
  async metrics(@Res({ passthrough: true }) reply: FastifyReply) {
    const { contentType, text } = await this.#platform.metrics();
    void reply.header('content-type', contentType);
    return text;
  }

  @Get('openapi.json')
  openApi() {
    return this.#openApi;
  }

  @Get('asyncapi.json')
  asyncApi() {
    return this.#asyncApi;
  }
}
