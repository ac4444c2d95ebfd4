import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { carriesRetryAfter, type ProblemCode } from '@tallystick/contracts';
import type { Logger } from '@tallystick/services-edge';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { allowedMethods } from './allowed-methods.ts';
import { problemDocument, ProblemError, problemOf } from './problem.ts';

export const RETRY_AFTER_SECONDS = '1';

export function sendProblem(reply: FastifyReply, problem: ProblemError): void {
  const body = problemDocument(problem);
  if (carriesRetryAfter(problem.code)) void reply.header('retry-after', RETRY_AFTER_SECONDS);
  if (body.status === 401) void reply.header('www-authenticate', 'Bearer');
  void reply
    .code(body.status)
    .header('content-type', 'application/problem+json')
    .send(JSON.stringify(body));
}

/** What a body may be refused for before a route is asked. */
const OF_A_BODY: ReadonlySet<ProblemCode> = new Set([
  'unknown-field',
  'invalid-field',
  'body-too-large',
  'unsupported-media-type',
]);

/** Long enough for any path of ours. */
const MOST_OF_A_PATH = 200;

/** Says what was asked: the path may be right and the method wrong, or the base be in it twice. */
function routeUnknown({ method, url }: FastifyRequest, reply: FastifyReply): ProblemError {
  const whole = url.split('?', 1)[0] ?? '';
  const allowed = allowedMethods(whole);
  const path = whole.slice(0, MOST_OF_A_PATH);
  if (allowed.length > 0 && !allowed.includes(method)) {
    void reply.header('allow', allowed.join(', '));
    return new ProblemError(
      'method-not-allowed',
      `${path} does not take ${method}, but ${allowed.join(', ')}`,
    );
  }
  return new ProblemError(
    'route-unknown',
    `There is no ${method} ${path}: GET /openapi.json lists what there is`,
  );
}

/** Where no route took it, what its body is does not matter. */
function isOfNoRoute(found: ProblemError | null, { is404 }: FastifyRequest): boolean {
  if (found?.code === 'route-unknown') return true;
  return is404 && found !== null && OF_A_BODY.has(found.code);
}

const QUIET: ReadonlySet<string> = new Set(['store-unavailable', 'store-lost-tail']);

/** A store that is away, or has lost its tail, fails every call: that is said once, elsewhere. */
export function logFailure(
  logger: Logger,
  problem: ProblemError | null,
  fields: {
    readonly err: unknown;
    readonly route: string | undefined;
    readonly requestId: string;
  },
): void {
  if (problem === null) logger.error(fields, 'request failed');
  else if (QUIET.has(problem.code)) logger.debug(fields, 'request failed');
}

type OnProblem = (request: FastifyRequest, problem: ProblemError) => void;

/**
 * The one way out for every error, Fastify's own included. A defect is logged and answered without
 * a word of it.
 */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  readonly #logger: Logger;
  readonly #onProblem: OnProblem;

  constructor(logger: Logger, onProblem: OnProblem = () => undefined) {
    this.#logger = logger;
    this.#onProblem = onProblem;
  }

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const found = problemOf(error, error instanceof HttpException ? error.getStatus() : null);
    const problem = isOfNoRoute(found, request) ? routeUnknown(request, reply) : found;
    const { id: requestId, method, routeOptions } = request;
    const fields = { err: error, method, route: routeOptions.url, requestId };
    logFailure(this.#logger, problem, fields);
    if (problem !== null) this.#onProblem(request, problem);
    if (reply.sent || reply.raw.headersSent) return void reply.raw.destroy();
    return sendProblem(reply, problem ?? new ProblemError('internal-error'));
  }
}
