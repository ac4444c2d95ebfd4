import { describe, expect, it } from 'vitest';
import { givenApi } from './testing/fake-api.ts';

const CHECK = { checkId: 'check-1', kind: 'verify', position: 40, head: 40, detail: null };
const EQUAL = { view: 'devices', equal: true, rows: 7, difference: null };
const OTHER = {
  ...{ view: 'products', equal: false, rows: 3 },
  difference: { key: 'thermo', path: '/maxUnits', inView: 5, inLog: 4 },
};

describe('views on the command line', () => {
  const api = givenApi();

  function answerChecks(...checks: readonly object[]): void {
    let asked = 0;
    api.answer(({ method }) => {
      if (method === 'POST') return { status: 202, body: { checkId: 'check-1' } };
      asked += 1;
      return { body: { ...CHECK, ...checks[Math.min(asked, checks.length) - 1] } };
    });
  }

  it('given views that are equal to the log, then 0', async () => {
    answerChecks({ state: 'running', position: 3, views: [] }, { state: 'done', views: [EQUAL] });
    const { code, out } = await api.type('views verify');
    expect([code, out]).toEqual([0, expect.stringMatching(/devices +true +7/)]);
    expect(api.seen.map(({ method, path }) => `${method} ${path}`)).toEqual([
      ...['POST /views/verify', 'GET /view-checks/check-1', 'GET /view-checks/check-1'],
    ]);
  });

  it('given one that is not, then 1, and the first difference by name', async () => {
    answerChecks({ state: 'done', views: [EQUAL, OTHER] });
    const { code, out } = await api.type('views verify');
    expect(code).toBe(1);
    for (const words of ['products', 'thermo', '/maxUnits', 'inView', 'inLog'])
      expect(out.slice(out.indexOf('first difference'))).toContain(words);
    expect((await api.type('views verify --json')).code).toBe(1);
  });

  it('given a check that failed, or did not end in time, then 1 or 4', async () => {
    answerChecks({ state: 'failed', views: [], detail: 'the store went away' });
    const failed = await api.type('views verify');
    expect([failed.code, failed.err]).toEqual([1, 'the store went away']);
    answerChecks({ state: 'running', views: [] });
    const late = await api.type('views verify --wait=0');
    expect([late.code, late.out, late.err]).toEqual([4, '', 'verify: 40 of 40 positions']);
  });

  it('lists views, and builds one anew', async () => {
    api.answer(({ method }) =>
      method === 'POST'
        ? { status: 202, body: { checkId: 'check-2' }, position: 40 }
        : { body: { data: [{ view: 'devices', version: 2, position: 40, head: 41, rows: 7 }] } },
    );
    expect((await api.type('views list')).out).toMatch(/devices +2 +40 +41 +7/);
    expect(await api.type('views rebuild devices')).toMatchObject({
      ...{ code: 0, out: expect.stringMatching(/check-2\n40$/) as string },
    });
    expect(api.seen.at(-1)).toMatchObject({ method: 'POST', path: '/views/devices/rebuild' });
  });

  it('given --wait, then it waits until the view is built', async () => {
    const built = { ...EQUAL, equal: false };
    answerChecks(
      { kind: 'rebuild', state: 'running', views: [] },
      { kind: 'rebuild', state: 'done', views: [built] },
    );
    const { code, out } = await api.type('views rebuild devices --wait');
    expect([code, out]).toEqual([0, expect.stringMatching(/devices +7/)]);
    answerChecks({ kind: 'rebuild', state: 'failed', views: [] });
    expect((await api.type('views rebuild devices --wait')).code).toBe(1);
  });
});
