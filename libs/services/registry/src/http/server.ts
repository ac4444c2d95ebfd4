import 'reflect-metadata';
import { StandardSchemaValidationPipe, type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Ids } from '@tallystick/ports';
import type { Logger } from '@tallystick/services-edge';
import type { FastifyRequest } from 'fastify';
import { isOpen as isOpenRoute, toServerPath } from '../openapi/route.types.ts';
import { ROUTES } from '../openapi/routes.ts';
import { createAuthentication } from './authentication.ts';
import { createFastify } from './fastify.ts';
import { ProblemFilter } from './problem.filter.ts';
import { invalidInput } from './problem.ts';

export const API_BASE = '/api/v1';

/** Checks by the schema alone: the framework would drop fields such as `constructor` without a word, a tag of that name too. */
class SchemaPipe extends StandardSchemaValidationPipe {
  protected override stripProtoKeys(): void {
    // What has no place is refused as an unknown field.
  }
}

/** Routes that need no token. Told by the route that was matched, never by the text of the URL: that has many spellings. */
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
}

export async function createHttpServer(
  options: HttpServerOptions,
): Promise<NestFastifyApplication> {
  const instance = createFastify(options.ids);
  const authenticate = createAuthentication(options.adminToken);
  instance.addHook('onRequest', (request, _reply, done) => {
    try {
      if (!isOpen(request)) authenticate(request);
      done();
    } catch (error) {
      done(error instanceof Error ? error : new Error('not authenticated'));
    }
  });
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
