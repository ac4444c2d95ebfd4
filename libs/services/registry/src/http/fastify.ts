import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { StandardSchemaValidationPipe } from '@nestjs/common';
import type { Ids } from '@tallystick/ports';
import { fastify, type FastifyInstance, type FastifyRequest } from 'fastify';
import { invalidField, problemDocument, ProblemError } from './problem.ts';
import { sendProblem } from './problem.filter.ts';
import { BODY_LIMIT, streamBodies } from './streamed-body.ts';

/** For a body to arrive whole: who sends it byte by byte does not hold a socket for ever. */
const BODY_WITHIN_MS = 60_000;

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

const REQUEST_ID_HEADER = 'x-request-id';
const REQUEST_ID = /^[A-Za-z0-9._-]{1,128}$/;

/** The caller's id of a request where it has this form, else a new one. */
function createRequestIds(ids: Ids): (message: IncomingMessage) => string {
  const known = new WeakMap<IncomingMessage, string>();
  return (message) => {
    const found = known.get(message);
    if (found !== undefined) return found;
    const given = message.headers[REQUEST_ID_HEADER];
    const id = typeof given === 'string' && REQUEST_ID.test(given) ? given : ids.uuid();
    known.set(message, id);
    return id;
  };
}

/** Every answer names its request, those that Node or Fastify gives by itself too. */
function nameRequests(instance: FastifyInstance, idOf: (message: IncomingMessage) => string): void {
  const { server } = instance;
  server.prependListener('request', (message, response) => {
    response.setHeader(REQUEST_ID_HEADER, idOf(message));
  });
  // Node itself would answer 417.
  server.on('checkExpectation', (message, response) => server.emit('request', message, response));
  instance.addHook('onRequest', (request, reply, done) => {
    void reply.header(REQUEST_ID_HEADER, request.id);
    const { headers, raw } = request;
    // RFC 9112, section 3.2.
    const lacksHost = headers.host === undefined && raw.httpVersion === '1.1';
    done(lacksHost ? invalidField('Host', 'missing') : undefined);
  });
}

/** Answers what is no HTTP request at all, or never became one. */
function createRefusal(ids: Ids) {
  return (error: NodeJS.ErrnoException, socket: Socket): void => {
    if (error.code === 'ECONNRESET' || socket.destroyed) return;
    const problem = problemDocument(invalidField('', 'the request is not well-formed'));
    const body = JSON.stringify(problem);
    if (socket.writable)
      socket.write(
        `HTTP/1.1 400 Bad Request\r\nConnection: close\r\nX-Request-Id: ${ids.uuid()}\r\nContent-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
      );
    socket.destroy(error);
  };
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

/** A compressed body would be read as what it is not, and be refused for it line by line. */
function takePlainAlone(instance: FastifyInstance): void {
  instance.addHook('preParsing', (request, _reply, payload, done) => {
    const coding = request.headers['content-encoding']?.trim().toLowerCase() ?? '';
    if (hasNoBody(request) || coding === '' || coding === 'identity') done(null, payload);
    else
      done(
        new ProblemError(
          'unsupported-media-type',
          'The body is compressed: send it without Content-Encoding',
        ),
      );
  });
}

/** The server's own limit knows no routes. */
function limitBodies(instance: FastifyInstance, withinMs: number): void {
  instance.addHook('onRequest', (request, _reply, done) => {
    const { raw } = request;
    if (!hasNoBody(request) && request.routeOptions.config.streamed !== true) {
      const late = new Error('the body is late');
      const refuse = (): void => void instance.server.emit('clientError', late, raw.socket);
      const timer = setTimeout(refuse, withinMs);
      for (const event of ['end', 'close']) raw.once(event, () => clearTimeout(timer));
    }
    done();
  });
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

/** For specs. */
export interface BodyTimes {
  readonly bodyWithinMs?: number;
  /** How long the rest of a streamed body that was answered may go on coming. */
  readonly restWithinMs?: number;
}

/** A bare Fastify that takes JSON alone; an absent body is `{}`. */
export function createFastify(
  ids: Ids,
  { bodyWithinMs = BODY_WITHIN_MS, restWithinMs }: BodyTimes = {},
): FastifyInstance {
  const idOf = createRequestIds(ids);
  const instance = fastify({
    // A request without Host is refused here, as any other that is not well-formed.
    http: { requireHostHeader: false },
    bodyLimit: BODY_LIMIT,
    logger: false,
    genReqId: idOf,
    requestIdHeader: false,
    forceCloseConnections: 'idle',
    // A streamed body may take hours; each body has its own limit. That of the headers stays.
    requestTimeout: 0,
    routerOptions: { maxParamLength: 300 },
    clientErrorHandler: createRefusal(ids),
    // A path that cannot be decoded, or a part of it that no id is as long as.
    frameworkErrors: (_error, _request, reply) =>
      sendProblem(reply, invalidField('', 'the path is not well-formed')),
  });
  nameRequests(instance, idOf);
  limitBodies(instance, bodyWithinMs);
  takePlainAlone(instance);
  takeJsonAlone(instance);
  streamBodies(instance, restWithinMs);
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
