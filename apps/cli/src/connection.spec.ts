import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { run } from './run.ts';

const EVENT = { time: '2026-01-01T00:00:00.000Z', type: 'tallystick.DeviceDisabled.v1' };

describe('the command line and a platform that is not there, goes away, or never answers', () => {
  let server: Server;
  let url = '';
  let answer: (response: ServerResponse) => void;
  let asked = Promise.withResolvers<void>();
  const folder = mkdtempSync(join(tmpdir(), 'tallystick-cli-'));

  beforeAll(async () => {
    server = createServer((_request, response) => {
      answer(response);
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

  it('given a stream that the platform ends, or that breaks off, then 3: nobody follows any more', async () => {
    for (const end of ['end', 'destroy'] as const) {
      answer = (response) => {
        response.write(`data: ${JSON.stringify(EVENT)}\n\n`, () => response[end]());
      };
      const tail = type('events tail');
      expect(await tail.code).toBe(3);
      expect(tail.out.join()).toContain('DeviceDisabled');
      expect(tail.err.join()).toContain('has ended');
    }
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
