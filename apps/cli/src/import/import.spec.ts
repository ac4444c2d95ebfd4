import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { givenApi } from '../testing/fake-api.ts';

const FIGURES = { jobId: 'job-1', rows: 3, accepted: 3, refused: 0, causationId: 'c' };
const DONE = { ...FIGURES, state: 'done' };
const CSV = 'deviceKey,name\nu-1,Hall\nu-2,\u6e29\u5ea6\nu-3,\n';

describe('devices import', () => {
  const api = givenApi();
  const folder = mkdtempSync(join(tmpdir(), 'tallystick-cli-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  function file(name: string, content: string): string {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  }

  /** The job as it is asked for again and again, the last one from then on. */
  function answerJob(...jobs: readonly object[]): void {
    let asked = 0;
    api.answer(({ method }) => {
      if (method === 'POST') return { status: 202, body: { jobId: 'job-1' } };
      asked += 1;
      return { body: jobs[Math.min(asked, jobs.length) - 1] };
    });
  }

  const posts = () => api.seen.filter(({ method }) => method === 'POST');

  it.each([
    ['fleet.csv', '', 'text/csv'],
    ['fleet.NDJSON', '', 'application/x-ndjson'],
    ['fleet.jsonl', '', 'application/x-ndjson'],
    ['fleet.txt', ' --format csv', 'text/csv'],
  ])(
    'given %s%s, then it is sent as %s, and its job followed to the end',
    async (name, words, type) => {
      answerJob({ ...FIGURES, state: 'running', rows: 1 }, DONE);
      const path = file(name, CSV);
      const done = await api.type(`devices import ${path}${words} --product-key thermo --dry-run`);
      expect(done).toMatchObject({ code: 0, out: expect.stringMatching(/state +done/) as string });
      expect(done.err).toContain('nothing was made');
      expect(posts()).toMatchObject([
        { path: '/devices/import?dryRun=true&productKey=thermo', body: CSV },
      ]);
      expect(posts()[0]?.headers['content-type']).toBe(type);
    },
  );

  it('given no end that is known, or no such file, then 2', async () => {
    expect(await api.type(`devices import ${file('fleet.txt', CSV)}`)).toMatchObject({ code: 2 });
    expect(await api.type('devices import -')).toMatchObject({ code: 2 });
    expect(await api.type('devices import /nowhere/fleet.csv')).toMatchObject({ code: 2 });
    expect(await api.type(`devices import ${folder} --format csv`)).toMatchObject({ code: 2 });
    expect(api.seen).toEqual([]);
  });

  it('has a key of its content and of what is asked, which may be named', async () => {
    answerJob(DONE);
    const path = file('fleet.csv', CSV);
    const same = file('same.csv', CSV);
    const other = file('other.csv', `${CSV}u-4,\n`);
    for (const words of [
      ...[path, path, same, other, `${path} --dry-run`, `${path} --product-key thermo`],
      ...[`${path} --tenant north`, `${path} --idempotency-key mine`],
    ])
      await api.type(`devices import ${words}`);
    const keys = posts().map(({ headers }) => headers['idempotency-key']);
    expect(keys.slice(0, 3)).toEqual([keys[0], keys[0], keys[0]]);
    expect(new Set(keys).size).toBe(6);
    expect(keys.at(-1)).toBe('mine');
  });

  it('given rows that were refused, then 1, with the first of them and what to do next', async () => {
    const refused = { row: 3, deviceKey: 'u-2', code: 'device-key-taken', detail: 'stands there' };
    api.answer(({ method, path }) => {
      if (method === 'POST') return { status: 202, body: { jobId: 'job-1' } };
      if (path.includes('/rows')) return { body: { data: [refused], nextCursor: 'c' } };
      return { body: { ...DONE, accepted: 1, refused: 2 } };
    });
    const done = await api.type(`devices import ${file('fleet.csv', CSV)}`);
    expect(done.code).toBe(1);
    expect(done.out).toMatch(/first 1 of 2 refused rows/);
    expect(done.out).toMatch(/3 +u-2 +device-key-taken +stands there/);
    for (const next of ['jobs rows job-1', 'jobs secrets job-1', 'jobs undo job-1'])
      expect(done.err).toContain(next);
  });

  it('given --json, then the job alone, with its position where the API tells one', async () => {
    answerJob({ ...DONE, position: 9 });
    const done = await api.type(`devices import ${file('fleet.csv', CSV)} --json`);
    expect([done.code, done.err]).toEqual([0, '']);
    expect(JSON.parse(done.out)).toEqual({ ...DONE, position: 9 });
  });

  it('given --wait, then it waits for the effects of its last row', async () => {
    let applied = 0;
    api.answer(({ method, path }) => {
      if (method === 'POST') return { status: 202, body: { jobId: 'job-1' } };
      if (!path.startsWith('/effects/9')) return { body: { ...DONE, position: 9 } };
      return { body: { total: 1, applied: applied++, unknown: false, gateways: [] } };
    });
    const path = file('fleet.csv', CSV);
    expect((await api.type(`devices import ${path} --wait=0`)).code).toBe(4);
    const waited = await api.type(`devices import ${path} --wait`);
    expect(waited).toMatchObject({
      code: 0,
      out: expect.stringContaining('applied on 1 of 1') as string,
    });
  });

  it('given --wait and an import that did nothing new, then there is nothing to wait for', async () => {
    api.answer(({ method }) =>
      method === 'POST' ? { status: 202, body: { jobId: 'job-1' }, position: 0 } : { body: DONE },
    );
    const done = await api.type(`devices import ${file('fleet.csv', CSV)} --wait`);
    expect([done.code, done.out.split('\n').at(-1)]).toEqual([0, 'state        done']);
  });

  it.each(['failed', 'undone'])(
    'given a job that is %s, then 1, and what that means',
    async (state) => {
      answerJob({ ...FIGURES, state });
      const done = await api.type(`devices import ${file('fleet.csv', CSV)}`);
      expect([done.code, done.err]).toEqual([1, expect.stringMatching(/same command|anew/)]);
    },
  );

  it('given a refusal while it still sends, then it ends with it', async () => {
    const body = { code: 'invalid-field', detail: 'a column is unknown: nonsense' };
    api.answerAtOnce(
      (_, response) =>
        void response.writeHead(400, { connection: 'close' }).end(JSON.stringify(body)),
    );
    const large = file('large.csv', `nonsense\n${'u-1\n'.repeat(500_000)}`);
    const done = await api.type(`devices import ${large}`);
    expect(done).toMatchObject({
      code: 1,
      err: expect.stringContaining('a column is unknown') as string,
    });
  });

  it('given a platform that goes away amid the upload, then it is sent again under its key', async () => {
    const keys: unknown[] = [];
    api.answerAtOnce((request, response) => {
      if (request.method === 'GET') return void response.end(JSON.stringify(DONE));
      keys.push(request.headers['idempotency-key']);
      if (keys.length === 1) return void request.once('data', () => request.destroy());
      if (keys.length === 2)
        return void response.writeHead(503).end('{"code":"store-unavailable"}');
      request.resume().once('end', () => response.writeHead(202).end('{"jobId":"job-1"}'));
    });
    const done = await api.type(
      `devices import ${file('large.csv', `deviceKey\n${'u-1\n'.repeat(500_000)}`)}`,
    );
    expect(done.code).toBe(0);
    expect(done.err).toContain('try 2 of');
    expect(keys).toEqual([keys[0], keys[0], keys[0]]);
  });

  it('given nobody there, then 3 at once; given Ctrl-C amid the upload, then 130', async () => {
    const path = file('large.csv', 'deviceKey\nu-1\n'.repeat(500_000));
    const settings = { TALLYSTICK_URL: 'http://127.0.0.1:1' };
    expect(await api.type(`devices import ${path}`, { settings })).toMatchObject({ code: 3 });
    const begun = Promise.withResolvers<void>();
    api.answerAtOnce((request) => void request.once('data', begun.resolve));
    const typed = api.type(`devices import ${path}`);
    await begun.promise;
    typed.interrupt();
    expect(await typed).toMatchObject({
      code: 130,
      err: expect.stringContaining('The same command goes on') as string,
    });
  });

  it('given standard input, then it is sent; given that breaks off, then how it goes on', async () => {
    const stdin = async function* () {
      for (const line of ['deviceKey\n', 'u-1\n']) yield Buffer.from(line);
    };
    answerJob(DONE);
    const done = await api.type('devices import - --format csv', { stdin: stdin() });
    expect([done.code, posts()[0]?.body]).toEqual([0, 'deviceKey\nu-1\n']);
    let key: unknown = null;
    api.answerAtOnce((request) => {
      key = request.headers['idempotency-key'];
      request.destroy();
    });
    const broken = await api.type('devices import - --format csv', { stdin: stdin() });
    expect(broken.code).toBe(3);
    expect(broken.err).toContain(`--idempotency-key ${String(key)}`);
  });

  it('given a terminal, then how far it is stands on its last line', async () => {
    answerJob(DONE);
    const status = vi.fn<(text: string) => void>();
    await api.type(`devices import ${file('fleet.csv', CSV)}`, { status });
    expect(status).toHaveBeenCalledWith(
      expect.stringMatching(/100 % {2}0\.0 of 0\.0 MB {2}4 rows/),
    );
    expect(status.mock.lastCall).toEqual(['']);
  });
});
