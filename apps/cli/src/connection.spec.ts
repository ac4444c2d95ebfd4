import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { run } from './run.ts';

const EVENT = { time: '2026-01-01T00:00:00.000Z', type: 'tallystick.DeviceDisabled.v1' };

describe('the command line and a platform that is not there, goes away, or never answers', () => {
  let server: Server;
  let url = '';
  let answer: (response: ServerResponse, request: IncomingMessage) => void;
  let asked = Promise.withResolvers<void>();
  const folder = mkdtempSync(join(tmpdir(), 'tallystick-cli-'));

  beforeAll(async () => {
    server = createServer((request, response) => {
      answer(response, request);
      asked.resolve();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  });
  afterEach(() => {
    server.closeAllConnections();
    asked = Promise.withResolvers<void>();
  });
  afterAll(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });

  function type(line: string, settings: Record<string, string> = {}) {
    const out: string[] = [];
    const err: string[] = [];
    const interrupt = new AbortController();
    const output = {
      out: (text: string) => void out.push(text),
      err: (text: string) => void err.push(text),
    };
    const environment = { TALLYSTICK_URL: url, TALLYSTICK_TOKEN: 'the-token', ...settings };
    const code = run(line.split(' '), environment, output, interrupt.signal);
    return { code, out, err, interrupt: () => interrupt.abort() };
  }

  it('given a stream that ends or breaks off, then it goes on behind the last event', async () => {
    let streams = 0;
    const asked: (string | undefined)[] = [];
    answer = (response, request) => {
      streams += 1;
      asked.push(request.headers['last-event-id'] as string | undefined);
      const end = streams === 1 ? 'end' : 'destroy';
      const text = `id: ${streams}\ndata: ${JSON.stringify(EVENT)}\n\n`;
      response.write(text, () => (streams < 3 ? response[end]() : undefined));
    };
    const tail = type('events tail');
    await vi.waitFor(() => expect(tail.out).toHaveLength(3), { timeout: 15_000 });
    tail.interrupt();
    expect(await tail.code).toBe(0);
    expect(asked).toEqual([undefined, '1', '2']);
    expect(tail.err.join()).toContain('trying again');
  });

  it('given a wrong token, then it says where that came from', async () => {
    answer = (response) =>
      void response
        .writeHead(401, { connection: 'close' })
        .end('{"code":"unauthenticated","detail":"A valid token is needed"}');
    const given = type('gateways list');
    expect(await given.code).toBe(1);
    expect(given.err.join()).toContain('the token came from TALLYSTICK_TOKEN');
    const file = join(folder, 'token');
    writeFileSync(file, 'a-token-of-a-file');
    const read = type('gateways list', { TALLYSTICK_TOKEN: '', TALLYSTICK_TOKEN_FILE: file });
    await read.code;
    expect(read.err.join()).toContain(file);
    expect(read.err.join()).not.toContain('a-token-of-a-file');
  });

  it('given Ctrl-C while it follows, then 0', async () => {
    answer = (response) => void response.write(': ready\n\n');
    const tail = type('events tail');
    await asked.promise;
    tail.interrupt();
    expect(await tail.code).toBe(0);
    expect(tail.err).toEqual([]);
  });

  it.each(['devices get dv_1', 'devices list', 'effects wait 7'])(
    'given Ctrl-C while "%s" is not answered, then it ends at once, and not as done',
    async (line) => {
      answer = () => undefined;
      const command = type(line);
      await asked.promise;
      command.interrupt();
      expect(await command.code).toBe(130);
    },
  );

  it('given an answer that breaks off, then 3', async () => {
    answer = (response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('{', () => response.destroy());
    };
    expect(await type('devices get dv_1').code).toBe(3);
  });

  it('given a file of settings, then it is read, and the environment wins', async () => {
    answer = (response) => void response.end('{}');
    const file = join(folder, 'settings');
    writeFileSync(file, `# ours\nTALLYSTICK_URL=${url}\r\n\nTALLYSTICK_TOKEN = the-token\n`);
    const bare = run(
      ['gateways', 'list'],
      { TALLYSTICK_CONFIG: file },
      { out: () => undefined, err: () => undefined },
      new AbortController().signal,
    );
    expect(await bare).toBe(0);
    const wins = { TALLYSTICK_CONFIG: file, TALLYSTICK_URL: 'http://127.0.0.1:1' };
    expect(await type('gateways list', wins).code).toBe(3);
    expect(await type('gateways list', { TALLYSTICK_CONFIG: '/nowhere' }).code).toBe(2);
  });

  it.each([
    [{ TALLYSTICK_URL: 'there:8080' }, 'TALLYSTICK_URL'],
    [{ TALLYSTICK_TOKEN: 'two words' }, 'token'],
    [{ TALLYSTICK_TOKEN: '', TALLYSTICK_TOKEN_FILE: '/' }, 'cannot be read'],
  ])(
    'given settings that name no platform (%o), then 2, and no secret is said',
    async (settings, words) => {
      const command = type('gateways list', settings);
      expect(await command.code).toBe(2);
      expect(command.err.join()).toContain(words);
      expect(command.err.join()).not.toContain('two words');
    },
  );
});
