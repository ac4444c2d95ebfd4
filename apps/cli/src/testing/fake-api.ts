import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { run } from '../run.ts';

interface Seen {
  readonly method: string;
  /** Behind /api/v1. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

interface Given {
  readonly status?: number;
  readonly body?: unknown;
  readonly position?: number;
}

/** What is answered to one call; undefined: the answer is the given function's own matter. */
type Answering = (seen: Seen, response: ServerResponse) => Given | undefined | void;

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

interface Typed extends Promise<Ended> {
  readonly err: readonly string[];
  interrupt(): void;
}

interface FakeApi {
  readonly url: () => string;
  /** Every call, in order. */
  readonly seen: Seen[];
  answer(answering: Answering): void;
  /** What is answered before a body has come. */
  answerAtOnce(answering: (request: IncomingMessage, response: ServerResponse) => void): void;
  /** Runs a command line against it. */
  type(line: string, options?: TypeOptions): Typed;
}

interface TypeOptions {
  readonly settings?: Readonly<Record<string, string>>;
  /** Takes what is shown on a terminal's last line. */
  readonly status?: (text: string) => void;
  readonly stdin?: AsyncIterable<Uint8Array>;
}

/** A server of a spec's own in place of the platform, and the command line that speaks to it. */
export function givenApi(): FakeApi {
  const seen: Seen[] = [];
  let serve: (request: IncomingMessage, response: ServerResponse) => void;
  const server = createServer((request, response) => {
    // A connection that is kept would be closed after a test, and asked once more in the next.
    response.setHeader('connection', 'close');
    serve(request, response);
  });
  const whole =
    (answering: Answering) =>
    (request: IncomingMessage, response: ServerResponse): void =>
      void take(request, seen).then((call) => {
        const given = call === null ? undefined : answering(call, response);
        if (given) send(given, response);
      });
  let url = '';
  beforeAll(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  });
  afterEach(() => {
    server.closeAllConnections();
    seen.length = 0;
  });
  afterAll(() => void server.close());
  return {
    url: () => url,
    seen,
    answer: (answering) => void (serve = whole(answering)),
    answerAtOnce: (answering) => void (serve = answering),
    type: (line, options = {}) => type(line, url, options),
  };
}

function type(line: string, url: string, { settings, status, stdin }: TypeOptions): Typed {
  const out: string[] = [];
  const err: string[] = [];
  const interrupt = new AbortController();
  const ended = run(
    line.split(' '),
    { TALLYSTICK_URL: url, TALLYSTICK_TOKEN: 'the-token', ...settings },
    {
      out: (text) => void out.push(text),
      err: (text) => void err.push(text),
      ...(status === undefined ? {} : { status }),
    },
    interrupt.signal,
    stdin === undefined ? {} : { stdin },
  ).then((code) => ({ code, out: out.join('\n'), err: err.join('\n') }));
  return Object.assign(ended, { err, interrupt: () => interrupt.abort() });
}

/** Null where the body broke off. */
async function take(request: IncomingMessage, seen: Seen[]): Promise<Seen | null> {
  const { method = '', url = '', headers } = request;
  const parts: Buffer[] = [];
  try {
    for await (const part of request) parts.push(part as Buffer);
  } catch {
    return null;
  }
  const body = Buffer.concat(parts).toString();
  const call = { method, path: url.replace('/api/v1', ''), headers, body };
  seen.push(call);
  return call;
}

function send({ status = 200, body, position }: Given, response: ServerResponse): void {
  if (position !== undefined) response.setHeader('tallystick-position', position);
  response.writeHead(status).end(body === undefined ? '' : JSON.stringify(body));
}
