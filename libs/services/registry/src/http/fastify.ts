import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { StandardSchemaValidationPipe } from '@nestjs/common';
import type { Ids } from '@tallystick/ports';
import { fastify, type FastifyInstance, type FastifyRequest } from 'fastify';
import { invalidField, problemDocument, ProblemError } from './problem.ts';
import { sendProblem } from './problem.filter.ts';

const BODY_LIMIT = 1024 * 1024;
/** For a request to arrive whole: who sends it byte by byte does not hold a socket for ever. */
const REQUEST_WITHIN_MS = 60_000;

/**
 * No object may have it as a field of its own: what copies objects loses it, and a schema of names
 * never sees it.
 */
const UNUSABLE_NAME = '__proto__';

function refuseUnusable(name: string, value: unknown): unknown {
  if (name !== UNUSABLE_NAME) return value;
  throw new ProblemError('unknown-field', `${name}: unknown field`, [
    { path: name, message: 'unknown field' },
  ]);
}

function parseJsonBody(body: string | Buffer): unknown {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  if (!isUtf8(bytes)) throw invalidField('', 'the body is not UTF-8');
  const text = bytes.toString('utf8');
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text, /__proto__|\\u/.test(text) ? refuseUnusable : undefined);
  } catch (error) {
    throw error instanceof ProblemError ? error : invalidField('', 'the body is not JSON');
  }
}

/**
 * Checks by the schema alone: the framework would drop fields such as `constructor` without a word,
 * a tag of that name too.
 */
export class SchemaPipe extends StandardSchemaValidationPipe {
  protected override stripProtoKeys(): void {
    // What has no place is refused as an unknown field.
  }
}

/** Answers what is no HTTP request at all, or never became one. */
function refuseConnection(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const problem = problemDocument(invalidField('', 'the request is not well-formed'));
  const body = JSON.stringify(problem);
  if (socket.writable)
    socket.write(
      `HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
  socket.destroy(error);
}

/** How long a body that is not read may go on coming. */
const DISCARDED_WITHIN_MS = 5_000;

/**
 * A client that is still sending does not read the answer yet, and would only see a broken
 * connection. So its bytes are read and dropped first, for a short time.
 */
function discard(message: IncomingMessage): Promise<void> {
  if (message.readableEnded || message.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(end, DISCARDED_WITHIN_MS);
    for (const event of ['end', 'close', 'error']) message.once(event, end);
    message.resume();
  });
}

/** Whatever its content type says: an empty body is taken as an empty JSON body. */
function hasNoBody({ headers }: FastifyRequest): boolean {
  const length = headers['content-length'] ?? '0';
  return headers['transfer-encoding'] === undefined && Number(length) === 0;
}

function takeJsonAlone(instance: FastifyInstance): void {
  instance.removeAllContentTypeParsers();
  instance.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    (_request, body, done) => {
      try {
        done(null, parseJsonBody(body));
      } catch (error) {
        done(error instanceof Error ? error : new Error('unreadable body'));
      }
    },
  );
  instance.addHook('onRequest', (request, _reply, done) => {
    if (hasNoBody(request)) delete request.headers['content-type'];
    done();
  });
  // In pieces, it may turn out to be nothing as well.
  instance.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => {
    if (body.length === 0) done(null, {});
    else done(new ProblemError('unsupported-media-type'));
  });
}

/** A bare Fastify that takes JSON alone; an absent body is `{}`. */
export function createFastify(ids: Ids): FastifyInstance {
  const instance = fastify({
    bodyLimit: BODY_LIMIT,
    logger: false,
    genReqId: () => ids.uuid(),
    requestIdHeader: false,
    forceCloseConnections: 'idle',
    requestTimeout: REQUEST_WITHIN_MS,
    routerOptions: { maxParamLength: 300 },
    clientErrorHandler: refuseConnection,
    // A path that cannot be decoded, or a part of it that no id is as long as.
    frameworkErrors: (_error, _request, reply) =>
      sendProblem(reply, invalidField('', 'the path is not well-formed')),
  });
  takeJsonAlone(instance);
  instance.addHook('onSend', (request, reply, payload, done) => {
    if (reply.statusCode !== 413) return done(null, payload);
    void discard(request.raw).then(() => done(null, payload));
  });
  instance.addHook('preValidation', (request, _reply, done) => {
    if (request.body === undefined) request.body = {};
    done();
  });
  return instance;
}

const CLOSE_WITHIN_MS = 4_000;

/** Lets calls under way end, but not for long. */
export async function closeServer(
  instance: FastifyInstance,
  close: () => Promise<unknown>,
): Promise<void> {
  const timer = setTimeout(() => instance.server.closeAllConnections(), CLOSE_WITHIN_MS);
  await close().finally(() => {
    clearTimeout(timer);
  });
}
