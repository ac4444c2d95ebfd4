import type { Ids } from '@tallystick/ports';
import { fastify, type FastifyInstance } from 'fastify';
import { invalidField } from './problem.ts';

const BODY_LIMIT = 1024 * 1024;

function parseJsonBody(text: string): unknown {
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text);
  } catch {
    throw invalidField('', 'the body is not JSON');
  }
}

/** A bare Fastify that takes JSON alone; an absent body is `{}`. */
export function createFastify(ids: Ids): FastifyInstance {
  const instance = fastify({
    bodyLimit: BODY_LIMIT,
    logger: false,
    genReqId: () => ids.uuid(),
    requestIdHeader: false,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 300 },
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
