import * as plain from 'node:http';
import * as secure from 'node:https';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import {
  baseOf,
  headersOf,
  parseBody,
  refusalOf,
  type Answer,
  type Caller,
} from '../api-client.ts';
import { BrokenOff, Interrupted, Unreachable } from '../failures.ts';

interface UploadCall {
  /** Behind /api/v1. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly parts: AsyncIterable<Uint8Array>;
  /** Told of each part that the connection has taken. */
  readonly onSent: (part: Uint8Array) => void;
}

/**
 * Posts a body part by part, as fast as it is taken, for as long as that takes: fetch would give up
 * where an answer is not there within five minutes. Throws what the API's client throws.
 */
export type Upload = (call: UploadCall) => Promise<Answer>;

/** A connection of its own: one that is kept may carry an answer before the body has ended. */
function open(url: URL, headers: Readonly<Record<string, string>>): plain.ClientRequest {
  const options = { method: 'POST', headers };
  return url.protocol === 'https:'
    ? secure.request(url, { ...options, agent: new secure.Agent({ keepAlive: true }) })
    : plain.request(url, { ...options, agent: new plain.Agent({ keepAlive: true }) });
}

async function* told(
  parts: AsyncIterable<Uint8Array>,
  onSent: (part: Uint8Array) => void,
): AsyncGenerator<Uint8Array> {
  for await (const part of parts) {
    yield part;
    onSent(part);
  }
}

function responseOf(request: plain.ClientRequest): Promise<plain.IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<plain.IncomingMessage>();
  request.once('response', resolve);
  request.once('error', reject);
  request.once('close', () => reject(new Error('the connection has ended without an answer')));
  return promise;
}

async function exchange(request: plain.ClientRequest, call: UploadCall): Promise<Answer> {
  const sending = pipeline(Readable.from(told(call.parts, call.onSent)), request);
  // A refusal ends the sending; whether a success did, is asked below.
  sending.catch(() => undefined);
  const response = await responseOf(request);
  const body = parseBody(await text(response));
  const status = response.statusCode ?? 0;
  if (status < 300) await sending;
  const { 'tallystick-position': position } = response.headers;
  return { status, body, position: typeof position === 'string' ? position : null };
}

export function createUpload(caller: Caller, signal: AbortSignal): Upload {
  return async (call) => {
    if (signal.aborted) throw new Interrupted();
    const url = new URL(`${baseOf(caller)}${call.path}`);
    const request = open(url, { ...headersOf(caller), ...call.headers });
    const stop = (): void => void request.destroy();
    signal.addEventListener('abort', stop, { once: true });
    let connected = false;
    request.once('socket', (socket) => socket.once('connect', () => (connected = true)));
    const failed = (cause: unknown): never => {
      if (signal.aborted) throw new Interrupted();
      throw new (connected ? BrokenOff : Unreachable)(caller.url, cause);
    };
    try {
      const answer = await exchange(request, call).catch(failed);
      if (answer.status < 300) return answer;
      throw refusalOf(answer.status, answer.body, caller);
    } finally {
      signal.removeEventListener('abort', stop);
      request.destroy();
    }
  };
}
