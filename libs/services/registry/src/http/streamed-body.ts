import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest, preParsingHookHandler } from 'fastify';
import { toServerPath } from '../openapi/route.types.ts';
import { ROUTES } from '../openapi/routes.ts';
import { invalidField, ProblemError } from './problem.ts';

/** Of a body that is not streamed. */
export const BODY_LIMIT = 1024 * 1024;
/** A body that stands still for so long is given up. */
export const STANDS_STILL_MS = 60_000;
/** How long the rest of a body that was answered may go on coming. */
const REST_WITHIN_MS = 5_000;

export const STREAMED_TYPES = ['text/csv', 'application/x-ndjson'] as const;

const STREAMED: ReadonlySet<string> = new Set(
  ROUTES.filter(({ streams }) => streams).map(toServerPath),
);

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route reads its body itself, piece by piece and without a limit. */
    streamed?: boolean;
  }
}

/** The type alone, in small letters; a charset other than UTF-8 makes it none of ours. */
export function bodyTypeOf({ headers }: FastifyRequest): string {
  const [type = '', ...parameters] = (headers['content-type'] ?? '').toLowerCase().split(';');
  const charset = parameters.map((one) => /^\s*charset\s*=\s*"?([^"\s]+)"?\s*$/.exec(one)?.[1]);
  return charset.some((one) => one !== undefined && one !== 'utf-8') ? '' : type.trim();
}

function refuseOthers(request: FastifyRequest): void {
  const { headers } = request;
  const empty = headers['transfer-encoding'] === undefined && !Number(headers['content-length']);
  if (empty) throw invalidField('', 'the body is empty');
  if (!STREAMED_TYPES.some((type) => type === bodyTypeOf(request)))
    throw new ProblemError(
      'unsupported-media-type',
      `The body is not of a type that this path takes: ${STREAMED_TYPES.join(' or ')}, in UTF-8`,
    );
}

/** Bytes that come after the answer are dropped, so that the client reads it; but not for ever. */
function dropRest(message: IncomingMessage, withinMs: number): void {
  if (message.readableEnded || message.destroyed) return;
  const timer = setTimeout(() => message.socket.destroy(), withinMs);
  for (const event of ['end', 'close']) message.once(event, () => clearTimeout(timer));
  message.resume();
}

/** As on any route that takes JSON alone: an empty body counts, a large one is told so. */
function takeNone(
  payload: NodeJS.ReadableStream,
  done: (error: Error | null, body?: object) => void,
): void {
  let length = 0;
  let end = (error: Error | null): void => {
    end = () => undefined;
    done(error, error === null ? {} : undefined);
  };
  payload.on('data', (piece: Uint8Array) => {
    length += piece.length;
    if (length > BODY_LIMIT) end(new ProblemError('body-too-large'));
  });
  payload.once('end', () => end(length === 0 ? null : new ProblemError('unsupported-media-type')));
  payload.once('error', (error: Error) => end(error));
}

const refuseBeforeReading: preParsingHookHandler = (request, _reply, payload, done) => {
  try {
    refuseOthers(request);
    done(null, payload);
  } catch (error) {
    done(error instanceof Error ? error : new Error('unreadable body'));
  }
};

/** Lets routes that stream have their bodies unread. No other route passes here. */
export function streamBodies(instance: FastifyInstance, restWithinMs = REST_WITHIN_MS): void {
  for (const type of STREAMED_TYPES)
    instance.addContentTypeParser(type, (request, payload, done) => {
      if (request.routeOptions.config.streamed) done(null, {});
      else takeNone(payload, done);
    });
  instance.addHook('onRoute', (route) => {
    if (route.method !== 'POST' || !STREAMED.has(route.url)) return;
    route.config = { ...route.config, streamed: true };
    route.preParsing = refuseBeforeReading;
    route.onResponse = (request, _reply, done) => {
      dropRest(request.raw, restWithinMs);
      done();
    };
  });
}

const stoodStill = (): ProblemError =>
  invalidField('', `nothing of the body has come for ${STANDS_STILL_MS / 1_000} s`);

/** A client that goes is no defect of ours. */
const brokeOff = (): never => {
  throw invalidField('', 'the body broke off');
};

async function within<T>(work: Promise<T>, ms: number): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(stoodStill()), ms);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * The pieces of a body, as they are asked for. What is left when nobody asks any more stays on the
 * connection: the answer may still be sent.
 */
export async function* piecesOf(
  message: IncomingMessage,
  stillMs = STANDS_STILL_MS,
): AsyncGenerator<Uint8Array> {
  const pieces = message.iterator({ destroyOnReturn: false });
  try {
    for (;;) {
      const asked = Promise.resolve(pieces.next()).catch(brokeOff);
      const next = (await within(asked, stillMs)) as IteratorResult<Uint8Array>;
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    // Not awaited: it would wait for a piece that may never come.
    void pieces.return?.();
  }
}
