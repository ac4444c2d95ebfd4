import 'reflect-metadata';
import { StandardSchemaValidationPipe, type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Ids } from '@tallystick/ports';
import type { Logger } from '@tallystick/services-edge';
import { fastify, type FastifyInstance } from 'fastify';
import { createAuthentication } from './authentication.ts';
import { ProblemFilter } from './problem.filter.ts';
import { invalidField, invalidInput } from './problem.ts';

export const API_BASE = '/api/v1';
const BODY_LIMIT = 1024 * 1024;

export interface HttpServerOptions {
  readonly module: DynamicModule;
  readonly adminToken: string;
  readonly ids: Ids;
  readonly logger: Logger;
}

function parseJsonBody(text: string): unknown {
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text);
  } catch {
    throw invalidField('', 'the body is not JSON');
  }
}

/** A bare Fastify: JSON alone is taken, an absent body is `{}`. */
export function createFastify(ids: Ids): FastifyInstance {
  const instance = fastify({
    bodyLimit: BODY_LIMIT,
    logger: false,
    genReqId: () => ids.uuid(),
    requestIdHeader: false,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 300, ignoreTrailingSlash: false },
  });
  instance.removeAllContentTypeParsers();
  instance.addContentTypeParser(
    'application/json',
    { parseAs: 'string' },
    (_request, body, done) => {
      try {
        done(null, parseJsonBody(String(body)));
      } catch (error) {
        done(error instanceof Error ? error : new Error('unreadable body'));
      }
    },
  );
  instance.addHook('preValidation', (request, _reply, done) => {
    request.body ??= {};
    done();
  });
  return instance;
}

export async function createHttpServer(
  options: HttpServerOptions,
): Promise<NestFastifyApplication> {
  const instance = createFastify(options.ids);
  const authenticate = createAuthentication(options.adminToken);
  instance.addHook('onRequest', (request, _reply, done) => {
    try {
      if (request.url.startsWith(`${API_BASE}/`)) authenticate(request);
      done();
    } catch (error) {
      done(error instanceof Error ? error : new Error('not authenticated'));
    }
  });
  const app = await NestFactory.create<NestFastifyApplication>(
    options.module,
    new FastifyAdapter(instance),
    { logger: false, bodyParser: false },
  );
  // Without this pipe a parameter's schema is silently ignored.
  app.useGlobalPipes(
    new StandardSchemaValidationPipe({ exceptionFactory: (issues) => invalidInput(issues) }),
  );
  app.useGlobalFilters(new ProblemFilter(options.logger));
  return app;
}
