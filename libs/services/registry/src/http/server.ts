import 'reflect-metadata';
import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Ids } from '@tallystick/ports';
import type { Logger } from '@tallystick/services-edge';
import type { FastifyRequest } from 'fastify';
import { toRefusedAttempt } from '../audit/refused-attempt.ts';
import type { Refusals } from '../audit/refusals.ts';
import { admitCallers, type Admission } from './admission.ts';
import { createFastify, SchemaPipe } from './fastify.ts';
import { ProblemFilter } from './problem.filter.ts';
import { invalidInput, type ProblemError } from './problem.ts';

export interface HttpServerOptions extends Admission {
  readonly module: DynamicModule;
  readonly ids: Ids;
  readonly logger: Logger;
  /** Told of what was refused with 401, 403 or 429. Absent: nobody is. */
  readonly refusals?: Pick<Refusals, 'note'>;
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
  const { logger, refusals } = options;
  const onProblem = (request: FastifyRequest, problem: ProblemError): void => {
    const refused = refusals && toRefusedAttempt(request, problem.code);
    if (refused) refusals.note(refused);
  };
  app.useGlobalFilters(new ProblemFilter(logger, onProblem));
  return app;
}
