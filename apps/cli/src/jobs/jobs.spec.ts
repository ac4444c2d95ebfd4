import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { givenApi } from '../testing/fake-api.ts';

const JOB = { jobId: 'job-1', rows: 2, accepted: 2, refused: 0, causationId: 'c' };
const SECRETS = 'deviceKey,deviceId,deviceSecret\nu-1,dv_1,aa\nu-2,dv_2,bb\n';

describe('jobs on the command line', () => {
  const api = givenApi();
  let folder = '';
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'tallystick-cli-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  function answerStates(...states: readonly string[]): void {
    let asked = 0;
    api.answer(() => {
      asked += 1;
      return { body: { ...JOB, state: states[Math.min(asked, states.length) - 1] } };
    });
  }

  it('shows a job as it is, and with --wait at its end', async () => {
    answerStates('running', 'running', 'done');
    const now = await api.type('jobs get job-1');
    expect([now.code, now.out]).toEqual([0, expect.stringMatching(/state +running/)]);
    const end = await api.type('jobs get job-1 --wait --json');
    expect([end.code, JSON.parse(end.out)]).toEqual([0, { ...JOB, state: 'done' }]);
  });

  it('given a job that has failed, or not ended in time, then 1 or 4', async () => {
    answerStates('failed');
    expect((await api.type('jobs get job-1 --wait')).code).toBe(1);
    answerStates('running');
    expect((await api.type('jobs get job-1 --wait=0')).code).toBe(4);
    expect((await api.type('jobs get job-1 --wait=86401')).code).toBe(2);
  });

  it('given the platform goes away while it waits, then it goes on asking', async () => {
    let asked = 0;
    api.answerAtOnce((_, response) => {
      asked += 1;
      if (asked === 2) return void response.destroy();
      const state = asked < 3 ? 'running' : 'done';
      response.end(JSON.stringify({ ...JOB, state }));
    });
    const { code, err } = await api.type('jobs get job-1 --wait');
    expect([code, err]).toEqual([0, expect.stringContaining('try 1 of')]);
  });

  it('shows rows by their state', async () => {
    const row = { row: 2, state: 'kept', deviceKey: 'u-1', deviceId: 'dv_1', code: null };
    api.answer(() => ({ body: { data: [row], nextCursor: null } }));
    const { out } = await api.type('jobs rows job-1 --state kept');
    expect(api.seen[0]?.path).toBe('/jobs/job-1/rows?state=kept');
    expect(out).toMatch(/2 +kept +u-1 +dv_1 +- +-/);
  });

  /** The undoing, as it is asked for and looked at again and again. */
  function answerUndo(...states: readonly string[]): void {
    let asked = 0;
    api.answer(({ method, path }) => {
      if (path.startsWith('/effects')) return { body: { total: 1, applied: 1, unknown: false } };
      asked += 1;
      const body = { ...JOB, state: states[Math.min(asked, states.length) - 1] };
      return method === 'POST' ? { body, position: 6 + asked } : { body };
    });
  }

  const posts = () => api.seen.filter(({ method }) => method === 'POST').map(({ path }) => path);

  it('takes an import back, and says where that stands', async () => {
    answerUndo('running');
    const begun = await api.type('jobs undo job-1');
    expect([begun.code, begun.out.split('\n').at(-1)]).toEqual([0, '7']);
    expect(posts()).toEqual(['/jobs/job-1/undo']);
  });

  it('given --wait, then until it is undone, and until all know what was undone last', async () => {
    answerUndo('running', 'running', 'undone');
    const waited = await api.type('jobs undo job-1 --wait --json');
    expect([waited.code, JSON.parse(waited.out)]).toEqual([
      0,
      expect.objectContaining({ state: 'undone', position: 10 }),
    ]);
    expect(api.seen.at(-1)?.path).toMatch(/^\/effects\/10/);
    answerUndo('running');
    expect((await api.type('jobs undo job-1 --wait=0')).code).toBe(4);
  });

  describe('secrets', () => {
    const given = (): void =>
      api.answer((_, response) => void response.setHeader('content-type', 'text/csv').end(SECRETS));

    it('are printed as they come, or as one JSON document', async () => {
      given();
      expect((await api.type('jobs secrets job-1')).out).toBe(SECRETS.trimEnd());
      const { out } = await api.type('jobs secrets job-1 --json');
      expect(JSON.parse(out)).toEqual({
        data: [
          { deviceKey: 'u-1', deviceId: 'dv_1', deviceSecret: 'aa' },
          { deviceKey: 'u-2', deviceId: 'dv_2', deviceSecret: 'bb' },
        ],
      });
    });

    it('are kept in a new file of their owner alone, and shown nowhere', async () => {
      given();
      const file = join(folder, 'secrets.csv');
      const { code, out, err } = await api.type(`jobs secrets job-1 --out ${file}`);
      expect([code, readFileSync(file, 'utf8')]).toEqual([0, SECRETS]);
      expect(statSync(file).mode & 0o777).toBe(0o600);
      expect(out).toContain('2 secrets');
      expect(`${out}${err}`).not.toMatch(/\b(aa|bb)\b/);
    });

    it('replace no file, and are not asked for where they could not be kept', async () => {
      const file = join(folder, 'secrets.csv');
      writeFileSync(file, 'of another import');
      expect((await api.type(`jobs secrets job-1 --out ${file}`)).code).toBe(2);
      expect((await api.type('jobs secrets job-1 --out /nowhere/secrets.csv')).code).toBe(2);
      expect([readFileSync(file, 'utf8'), api.seen]).toEqual(['of another import', []]);
    });

    it('given a download that breaks off, then it is repeated, and one part is no file', async () => {
      let asked = 0;
      const file = join(folder, 'secrets.csv');
      api.answer((_, response) => {
        asked += 1;
        if (asked > 1) return void response.end(SECRETS);
        response.write(SECRETS.slice(0, 40), () => response.destroy());
      });
      const { code, err } = await api.type(`jobs secrets job-1 --out ${file}`);
      expect([code, readFileSync(file, 'utf8')]).toEqual([0, SECRETS]);
      expect(err).toContain('try 1 of');
    });

    it('given they were had already, then 1, and no file', async () => {
      api.answer(() => ({ status: 404, body: { code: 'job-unknown', detail: 'none' } }));
      const file = join(folder, 'secrets.csv');
      expect((await api.type(`jobs secrets job-1 --out ${file}`)).code).toBe(1);
      expect(existsSync(file)).toBe(false);
    });
  });
});
