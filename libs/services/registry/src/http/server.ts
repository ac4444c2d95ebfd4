import 'reflect-metadata';
import { StandardSchemaValidationPipe, type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Ids } from '@tallystick/ports';
import type { Logger } from '@tallystick/services-edge';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isOpen as isOpenRoute, toServerPath } from '../openapi/route.types.ts';
import { ROUTES } from '../openapi/routes.ts';
import { ADMIN_ACTOR, createAuthentication } from './authentication.ts';
import { createFastify } from './fastify.ts';
import { ProblemFilter } from './problem.filter.ts';
import { invalidInput, ProblemError } from './problem.ts';
import type { RequestLimit } from './request-limit.ts';

export const API_BASE = '/api/v1';

/**
 * Checks by the schema alone: the framework would drop fields such as `constructor` without a word,
 * a tag of that name too.
 */
class SchemaPipe extends StandardSchemaValidationPipe {
  protected override stripProtoKeys(): void {
    // What has no place is refused as an unknown field.
  }
}

/**
 * Routes that need no token. Told by the route that was matched, never by the text of the URL: that
 * has many spellings.
 */
const OPEN_ROUTES: ReadonlySet<string> = new Set(ROUTES.filter(isOpenRoute).map(toServerPath));

function isOpen(request: FastifyRequest): boolean {
  const route = request.is404 ? undefined : request.routeOptions.url;
  if (route === undefined) return !request.url.startsWith(`${API_BASE}/`);
  return OPEN_ROUTES.has(route);
}

export interface HttpServerOptions {
  readonly module: DynamicModule;
  readonly adminToken: string;
  readonly ids: Ids;
  readonly logger: Logger;
  /** Absent: none. */
  readonly limit?: RequestLimit;
}

/** Before anything is read of a request's body. */
function admitCallers(
  instance: FastifyInstance,
  { adminToken, limit }: Pick<HttpServerOptions, 'adminToken' | 'limit'>,
): void {
  const authenticate = createAuthentication(adminToken);
  const admit = (request: FastifyRequest): void => {
    if (isOpen(request)) return;
    authenticate(request);
    if (limit?.take(ADMIN_ACTOR) === false) throw new ProblemError('too-many-requests');
  };
  instance.addHook('onRequest', (request, _reply, done) => {
    try {
      admit(request);
      done();
    } catch (error) {
      done(error instanceof Error ? error : new Error('not authenticated'));
    }
  });
}

export async function createHttpServer(
  options: HttpServerOptions,
): Promise<NestFastifyApplication> {
  const instance = createFastify(options.ids);
  admitCallers(instance, options);
  const app = await NestFactory.create<NestFastifyApplication>(
    options.module,
    new FastifyAdapter(instance),
    { logger: false, bodyParser: false, abortOnError: false },
  );
  // Without this pipe a parameter's schema is silently ignored.
  app.useGlobalPipes(new SchemaPipe({ exceptionFactory: (issues) => invalidInput(issues) }));
  app.useGlobalFilters(new ProblemFilter(options.logger));
  return app;
}
