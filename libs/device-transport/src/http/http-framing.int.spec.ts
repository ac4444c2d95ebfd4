import { RecordingAuthority } from '@tallystick/test-kit';
import type { DeviceListener } from '@tallystick/ports';
import { afterEach, describe, expect, it } from 'vitest';
import { waitUntil } from '../mqtt/testing/wait-until.ts';
import type { HttpHandler } from './http-exchange.types.ts';
import type { HttpLimits } from './http-limits.ts';
import { listenFor } from './testing/listen-for.ts';
import { RawHttp, type RawAnswer } from './testing/raw-http.ts';

let listener: DeviceListener<string> | null = null;
afterEach(() => listener?.close());

async function open(
  limits: Partial<HttpLimits> = {},
  handler?: HttpHandler,
): Promise<() => Promise<RawHttp>> {
  const options = handler === undefined ? { limits } : { limits, handler };
  const opened = (listener = await listenFor(new RecordingAuthority(), options));
  return () => RawHttp.open(opened.port);
}

const said = ({ body }: RawAnswer): unknown => JSON.parse(body);
const HEAD = 'POST /echo HTTP/1.1\r\nHost: h\r\n';

describe('an answer', () => {
  it('says its length by the name that SDKs compare, and has no chunks', async () => {
    const client = await (await open())();
    client.post('/echo?a=1&b', 'text');
    const answer = await client.next();
    expect(answer.head).toMatch(/\r\nContent-Length: \d+\r\n/);
    expect(answer.head).not.toMatch(/transfer-encoding/i);
    expect(said(answer)).toMatchObject({ path: '/echo', query: 'a=1&b', text: 'text' });
  });

  it('to who has proven something leaves the connection open', async () => {
    const client = await (await open())();
    for (const text of ['one', 'two']) {
      client.post('/echo', text);
      expect(said(await client.next())).toMatchObject({ text });
    }
    expect(client.closed).toBe(false);
  });

  it('to who has proven nothing is the last', async () => {
    const client = await (await open())();
    client.post('/login', '', { user: 'dev', password: 'wrong' });
    const answer = await client.next();
    expect(answer.head).toMatch(/^HTTP\/1.1 403 [^]*\r\nConnection: close/);
    await client.untilClosed();
  });

  it('to HTTP/1.0 is closed behind', async () => {
    const client = await (await open())();
    client.send('POST /echo HTTP/1.0\r\nContent-Length: 1\r\n\r\nx');
    expect(said(await client.next())).toMatchObject({ text: 'x' });
    await client.untilClosed();
  });

  it.each([
    ['at once', (client: RawHttp) => client.socket.end()],
    ['later', (client: RawHttp) => void setImmediate(() => client.socket.end())],
  ])('reaches who closes its own side %s', async (_, end) => {
    const connect = await open({}, async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      return { status: 200, body: '{"late":true}', proven: true };
    });
    const client = await connect();
    client.post('/x', 'text');
    end(client);
    expect(said(await client.next())).toEqual({ late: true });
    await client.untilClosed();
  });

  it('that waits for a body which its sender gave up is 400', async () => {
    const client = await (await open())();
    client.send(`${HEAD}Content-Length: 9\r\n\r\nx`);
    client.socket.end();
    expect(await client.next()).toMatchObject({ status: 400 });
    await client.untilClosed();
  });

  it('given the handler throws, is 500 and tells nothing', async () => {
    const client = await (await open())();
    client.post('/fail', '');
    expect(await client.next()).toMatchObject({ status: 500, body: '{}' });
  });

  it('given what its maker does then throws, ends the connection and nothing else', async () => {
    const connect = await open({}, () => ({
      ...{ status: 200, body: '{}', proven: true },
      sent: () => {
        throw new Error('a fault of the maker');
      },
    }));
    for (const client of [await connect(), await connect()]) {
      client.post('/x', '');
      await client.untilClosed();
      expect(client.text).toBe('');
    }
  });

  it('tells its maker whether it was delivered', async () => {
    const told: boolean[] = [];
    let answer = (): void => undefined;
    const waiting = new Promise<void>((resolve) => (answer = resolve));
    const connect = await open({}, async ({ path }) => {
      if (path === '/late') await waiting;
      const sent = (delivered: boolean): void => void told.push(delivered);
      return { status: 200, body: '{}', proven: true, sent };
    });
    const [client, gone] = [await connect(), await connect()];
    client.post('/now', '');
    await client.next();
    gone.post('/late', '');
    gone.socket.resetAndDestroy();
    await gone.untilClosed();
    client.post('/now', '');
    await client.next();
    answer();
    await waitUntil(() => told.length === 3, 'the last answer');
    expect(told).toEqual([true, true, false]);
  });
});

describe('a body', () => {
  it('may come in chunks', async () => {
    const client = await (await open())();
    client.send(`${HEAD}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n`);
    expect(said(await client.next())).toMatchObject({ text: 'abcde' });
  });

  it.each([
    ['a chunk whose length is none', 'Transfer-Encoding: chunked\r\n\r\nxyz\r\nabc\r\n0\r\n\r\n'],
    [
      'a chunk that is longer than it says',
      'Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n',
    ],
    ['a negative chunk', 'Transfer-Encoding: chunked\r\n\r\n-1\r\nabc\r\n'],
  ])('with %s is answered 400 by the handler, and is the last', async (_, rest) => {
    const client = await (await open())();
    client.send(HEAD + rest);
    const answer = await client.next();
    expect(answer.status).toBe(400);
    expect(said(answer)).toMatchObject({ text: 'broken' });
    await client.untilClosed();
    expect(client.answers).toHaveLength(1);
  });

  it('beyond the limit is read to its end, so that its sender hears why', async () => {
    const client = await (await open({ maxBodyBytes: 1_000 }))();
    client.post('/echo', 'x'.repeat(1_048_576));
    expect(said(await client.next())).toMatchObject({ text: 'too-large' });
    await client.untilClosed();
  });

  it('far beyond the limit is answered before its end', async () => {
    const client = await (await open({ maxBodyBytes: 10, drainedBytes: 1_000 }))();
    client.send(`${HEAD}Content-Length: 999999999\r\n\r\n${'x'.repeat(2_000)}`);
    expect(said(await client.next())).toMatchObject({ text: 'too-large' });
    await client.untilClosed();
  });

  it('given all bodies together are beyond their bound, is answered 503', async () => {
    const connect = await open({ sharedBytes: 100 });
    const [first, second] = [await connect(), await connect()];
    first.send(`${HEAD}Content-Length: 100\r\n\r\n${'x'.repeat(80)}`);
    second.post('/echo', 'y'.repeat(80));
    const answer = await second.next();
    first.send('x'.repeat(20));
    // Which of the two came first is the kernel's to say.
    expect([answer.status, (await first.next()).status].toSorted()).toEqual([200, 503]);
  });
});

describe('a request that comes in pieces', () => {
  it.each([1, 7, 40])('of %d bytes is served as one', async (size) => {
    const client = await (await open())();
    const bytes = `${HEAD}Content-Length: 11\r\n\r\nhello world`;
    for (let at = 0; at < bytes.length; at += size) {
      client.send(bytes.slice(at, at + size));
      await new Promise(setImmediate);
    }
    expect(said(await client.next())).toMatchObject({ text: 'hello world' });
  });
});

describe('what is no HTTP', () => {
  it.each([
    ['a line that is none', 'hello\r\n\r\n'],
    ['a length that is none', `${HEAD}Content-Length: x\r\n\r\n`],
    ['a negative length', `${HEAD}Content-Length: -1\r\n\r\n`],
    ['two lengths', `${HEAD}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`],
    [
      'a length beside chunks',
      `${HEAD}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    ['a version that is none', 'POST /echo HTTP/9.9\r\nHost: h\r\n\r\n'],
    ['MQTT', Buffer.from('10100004', 'hex')],
  ])('%s is answered 400 or nothing, and the connection ends', async (_, bytes) => {
    const client = await (await open())();
    client.send(bytes);
    await client.untilClosed();
    expect(client.text).toMatch(/^$|^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(client.answers.every(({ body }) => body === '')).toBe(true);
  });

  it.each([
    ['no host', 'POST /echo HTTP/1.1\r\nContent-Length: 1\r\n\r\nx'],
    ['an expectation that is none', `${HEAD}Expect: wonders\r\nContent-Length: 1\r\n\r\nx`],
    ['an upgrade', `${HEAD}Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 1\r\n\r\nx`],
  ])('with %s is served as any', async (_, bytes) => {
    const client = await (await open())();
    client.send(bytes);
    expect(said(await client.next())).toMatchObject({ text: 'x' });
  });

  it('a head beyond its bound is answered 431', async () => {
    const client = await (await open())();
    client.send(`${HEAD}x: ${'y'.repeat(9_000)}\r\n\r\n`);
    expect(await client.next()).toMatchObject({ status: 431, body: '' });
    await client.untilClosed();
  });

  it('behind a request leaves it its answer', async () => {
    const client = await (await open())();
    client.send(`${HEAD}Content-Length: 1\r\n\r\nxgarbage garbage\r\n\r\n`);
    expect(said(await client.next())).toMatchObject({ text: 'x' });
    await client.untilClosed();
    expect(client.answers).toHaveLength(1);
  });

  it('a header that came twice is not handed on', async () => {
    const client = await (await open())();
    client.send(`${HEAD}password: a\r\npassword: b\r\nother: c\r\nContent-Length: 0\r\n\r\n`);
    const { headers } = said(await client.next()) as { headers: Record<string, string> };
    expect(headers).toMatchObject({ other: 'c' });
    expect(headers).not.toHaveProperty('password');
  });
});

describe('somebody slow', () => {
  it.each([
    ['never ends a head', { headSeconds: 0.1 }, 'POST /echo HTTP/1.1\r\nHo', 408],
    ['never ends a body', { bodySeconds: 0.1 }, `${HEAD}Content-Length: 9\r\n\r\nx`, 408],
  ])('who %s is answered 408 and closed', async (_, limits, bytes, status) => {
    const client = await (await open(limits))();
    client.send(bytes);
    expect(await client.next()).toMatchObject({ status, body: '' });
    await client.untilClosed();
  });

  it('who asks nothing more is closed without a word', async () => {
    const client = await (await open({ idleSeconds: 0.1 }))();
    client.post('/echo', 'x');
    await client.next();
    await client.untilClosed();
    expect(client.answers).toHaveLength(1);
  });

  it('who never gets an answer is closed', async () => {
    const client = await (await open({ answerSeconds: 0.1 }, () => new Promise(() => undefined)))();
    client.post('/echo', 'x');
    await client.untilClosed();
    expect(client.text).toBe('');
  });
});

describe('many requests', () => {
  it('of one connection are answered one after another, in their order', async () => {
    const client = await (await open())();
    for (const text of ['a', 'b', 'c']) client.post('/echo', text);
    const texts = [await client.next(), await client.next(), await client.next()].map(said);
    expect(texts).toMatchObject([{ text: 'a' }, { text: 'b' }, { text: 'c' }]);
  });

  it('that wait beyond their bound end it', async () => {
    const client = await (await open({ pipelined: 4 }, () => new Promise(() => undefined)))();
    client.send(`${HEAD}Content-Length: 0\r\n\r\n`.repeat(5));
    await client.untilClosed();
    expect(client.text).toBe('');
  });

  it('beyond what a connection may have: the last one says so', async () => {
    const client = await (await open({ requestsPerConnection: 2 }))();
    client.post('/echo', 'a');
    expect((await client.next()).head).not.toContain('Connection: close');
    client.post('/echo', 'b');
    expect((await client.next()).head).toContain('Connection: close');
    await client.untilClosed();
  });
});
