import { Agent, request, type ClientRequest, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { systemIds } from '@tallystick/services-edge';
import type { FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createFastify } from './fastify.ts';
import { sendProblem } from './problem.filter.ts';
import { ProblemError, problemOf } from './problem.ts';
import { piecesOf } from './streamed-body.ts';

const IMPORT = '/api/v1/devices/import';
const BODY_WITHIN_MS = 300;
/** Long beside what a busy machine holds a timer up for. */
const STILL_MS = 1_000;
const REST_WITHIN_MS = 600;

let instance: FastifyInstance | null = null;
const refused: unknown[] = [];
afterEach(() => instance?.close());

/** A server with the streamed route, which counts its bytes, and one that takes JSON. */
async function serve(): Promise<number> {
  instance = createFastify(systemIds, {
    bodyWithinMs: BODY_WITHIN_MS,
    restWithinMs: REST_WITHIN_MS,
  });
  instance.setErrorHandler((error, _request, reply) => {
    refused.push(error);
    return sendProblem(reply, problemOf(error, null) ?? new ProblemError('internal-error'));
  });
  instance.post(IMPORT, async ({ raw, headers }) => {
    let bytes = 0;
    for await (const piece of piecesOf(raw, STILL_MS)) {
      bytes += piece.length;
      if (headers['x-refused'] !== undefined) throw new ProblemError('invalid-field', 'at once');
    }
    return { bytes };
  });
  instance.post('/json', async ({ body }) => ({ body }));
  await instance.listen({ host: '127.0.0.1', port: 0 });
  const address = instance.server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function open(
  port: number,
  path: string,
  headers: Record<string, string>,
  agent?: Agent,
): ClientRequest {
  const to = { host: '127.0.0.1', port, path, method: 'POST', headers };
  const made = request(agent === undefined ? to : { ...to, agent });
  // A server that has answered may close before all is sent.
  made.on('error', () => undefined);
  return made;
}

async function answerOf(made: ClientRequest) {
  const response = await new Promise<IncomingMessage>((resolve) => made.once('response', resolve));
  return { status: response.statusCode, body: JSON.parse(await text(response)) as unknown };
}

const CSV = { 'content-type': 'text/csv' };

describe('a streamed body', () => {
  it('given it takes longer than other bodies may, and does not stand still, then it is read', async () => {
    const made = open(await serve(), IMPORT, CSV);
    const began = performance.now();
    const timer = setInterval(() => {
      if (performance.now() - began < 2 * BODY_WITHIN_MS) made.write('x');
      else made.end();
    }, STILL_MS / 50);
    const { status, body } = await answerOf(made);
    clearInterval(timer);
    expect(status).toBe(200);
    expect((body as { bytes: number }).bytes).toBeGreaterThan(5);
  });

  it('given it is larger than other bodies may be, then it is read', async () => {
    const made = open(await serve(), IMPORT, {
      'content-type': 'Application/X-NDJSON; charset=UTF-8',
    });
    made.end(Buffer.alloc(3_000_000));
    expect(await answerOf(made)).toEqual({ status: 200, body: { bytes: 3_000_000 } });
  });

  it('given it stands still, then it is given up', async () => {
    const made = open(await serve(), IMPORT, CSV);
    made.write('x');
    const { status, body } = await answerOf(made);
    expect(status).toBe(400);
    expect(body).toMatchObject({
      detail: expect.stringContaining('nothing of the body') as string,
    });
    made.destroy();
  });

  it('given it is refused before it ends, then the answer comes at once', async () => {
    const made = open(await serve(), IMPORT, { ...CSV, 'x-refused': 'yes' });
    made.write('x');
    expect(await answerOf(made)).toMatchObject({ status: 400, body: { detail: 'at once' } });
    made.destroy();
  });

  it('given it was refused, then its connection serves the next call, once the rest has come', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const port = await serve();
    const refused = { ...CSV, 'x-refused': 'yes' };
    const first = open(port, IMPORT, refused, agent);
    first.end(Buffer.alloc(1_000_000));
    expect((await answerOf(first)).status).toBe(400);
    const second = open(port, IMPORT, CSV, agent);
    const slow = setInterval(() => second.write('x'), STILL_MS / 50);
    setTimeout(() => second.end(), 2 * REST_WITHIN_MS);
    expect((await answerOf(second)).status).toBe(200);
    clearInterval(slow);
    expect(second.reusedSocket).toBe(true);
    agent.destroy();
  });

  it('given the rest of one that was refused goes on and on, then its connection is closed', async () => {
    const made = open(await serve(), IMPORT, { ...CSV, 'x-refused': 'yes' });
    const closed = new Promise((resolve) => made.once('close', resolve));
    const endless = setInterval(() => made.write('x'), STILL_MS / 50);
    expect((await answerOf(made)).status).toBe(400);
    await closed;
    clearInterval(endless);
  });

  it.each([
    ['application/json', '{}', 415],
    ['text/csv; charset=latin1', 'x', 415],
    ['text/plain', 'x', 415],
    ['text/csv', '', 400],
  ])('given %s %j, then %i', async (type, body, status) => {
    const made = open(await serve(), IMPORT, { 'content-type': type });
    made.end(body);
    expect((await answerOf(made)).status).toBe(status);
  });

  it('given a client that goes amid its body, then that is what is told, and no defect', async () => {
    const made = open(await serve(), IMPORT, { 'content-type': 'text/csv' });
    await new Promise((sent) => made.write('deviceKey\n', sent));
    made.destroy();
    await vi.waitFor(() =>
      expect(refused.at(-1)).toMatchObject({
        code: 'invalid-field',
        message: 'the body broke off',
      }),
    );
  });
});

describe('a body that is compressed', () => {
  it.each([
    [IMPORT, 'text/csv', 'gzip', 415],
    [IMPORT, 'application/x-ndjson', 'BR', 415],
    [IMPORT, 'text/csv', 'identity', 200],
    ['/json', 'application/json', 'gzip', 415],
    ['/json', 'application/json', 'identity', 200],
  ])('given %s, %s and Content-Encoding %s, then %i', async (path, type, coding, status) => {
    const made = open(await serve(), path, { 'content-type': type, 'content-encoding': coding });
    made.end('{}');
    const answer = await answerOf(made);
    expect(answer.status).toBe(status);
    if (status === 415)
      expect(answer.body).toMatchObject({
        detail: expect.stringContaining('without Content-Encoding') as string,
      });
  });
});

describe('a body of another route', () => {
  it.each([
    ['text/csv', 'x', 415],
    ['text/csv', '', 200],
    ['text/csv', 'x'.repeat(1_100_000), 413],
  ])('given %s, then as ever', async (type, body, status) => {
    const made = open(await serve(), '/json', { 'content-type': type });
    made.end(body);
    expect((await answerOf(made)).status).toBe(status);
  });

  it('given it does not end in its time, then it is refused and the connection closed', async () => {
    const made = open(await serve(), '/json', {
      ...{ 'content-type': 'application/json', 'content-length': '10' },
    });
    made.write('{');
    const closed = new Promise((resolve) => made.once('close', resolve));
    expect(await answerOf(made)).toMatchObject({ status: 400, body: { code: 'invalid-field' } });
    await closed;
  });
});
