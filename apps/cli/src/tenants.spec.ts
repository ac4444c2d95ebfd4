import { describe, expect, it } from 'vitest';
import { givenApi } from './testing/fake-api.ts';

const TOKEN = {
  ...{ id: 'tk_1', name: 'line-3', scopes: ['read', 'write'], tenant: 'north' },
  ...{ createdAt: '2026-01-01T00:00:00.000Z', expiresAt: null, lastUsedAt: null },
};

describe('tenants, tokens and the audit on the command line', () => {
  const api = givenApi();

  it.each([
    'devices list',
    'devices disable dv_1',
    'products get thermo',
    'effects wait 7',
    'audit',
  ])('given --tenant, then "%s" asks for the things of that tenant', async (line) => {
    api.answer(() => ({ body: { data: [], unknown: false, total: 0, applied: 0 } }));
    await api.type(`${line} --tenant north`);
    expect(api.seen.map(({ headers }) => headers['tallystick-tenant'])).toEqual(['north']);
    await api.type(line);
    expect(api.seen.at(-1)?.headers).not.toHaveProperty('tallystick-tenant');
  });

  it('given --tenant that no tenant is called, then 2, and nobody is asked', async () => {
    const { code, err } = await api.type('devices list --tenant North/1');
    expect([code, err]).toEqual([2, expect.stringContaining('--tenant takes 1 to 32')]);
    expect(api.seen).toEqual([]);
  });

  it('makes and lists tenants', async () => {
    const north = { tenant: 'north', name: 'North', deviceKeyScope: 'tenant' };
    api.answer(({ method }) =>
      method === 'POST'
        ? { status: 201, body: north, position: 3 }
        : { body: { data: [north], nextCursor: null } },
    );
    const made = await api.type('tenants create north --name North --device-key-scope tenant');
    expect([made.code, made.out.split('\n').at(-1)]).toEqual([0, '3']);
    expect(api.seen[0]).toMatchObject({ method: 'POST', path: '/tenants' });
    expect(JSON.parse(api.seen[0]?.body ?? '')).toEqual(north);
    expect((await api.type('tenants list')).out).toMatch(/north +North +tenant/);
  });

  it('makes a token, shows it, and says that it is shown this once', async () => {
    const token = 'tsk_0123456789';
    api.answer(() => ({ status: 201, body: { ...TOKEN, token }, position: 4 }));
    const words = '--scopes read,write --expires-at 2030-01-31T01:00:00+01:00 --tenant north';
    const made = await api.type(`tokens create line-3 ${words}`);
    expect(made).toMatchObject({ code: 0, err: expect.stringContaining('this once') as string });
    expect(made.out).toContain(token);
    expect(made.err).not.toContain(token);
    expect(JSON.parse(api.seen[0]?.body ?? '')).toEqual({
      ...{ name: 'line-3', scopes: ['read', 'write'] },
      ...{ expiresAt: '2030-01-31T00:00:00.000Z', tenant: 'north' },
    });
    const json = await api.type('tokens create line-3 --scopes read --json');
    expect(JSON.parse(json.out)).toEqual({ ...TOKEN, token, position: 4 });
    expect(json.err).toBe('');
  });

  it('lists and revokes tokens', async () => {
    api.answer(({ method }) =>
      method === 'DELETE' ? { status: 204, position: 5 } : { body: { data: [TOKEN] } },
    );
    expect((await api.type('tokens list')).out).toMatch(/tk_1 +line-3 +north +read,write/);
    expect(await api.type('tokens delete tk_1')).toMatchObject({ code: 0, out: '5' });
    expect(api.seen.at(-1)).toMatchObject({ method: 'DELETE', path: '/tokens/tk_1' });
  });

  it('shows a page of the audit, newest first, and says how to go on', async () => {
    const row = { time: '2026-01-02T00:00:00.000Z', actor: 'token:line-3', action: 'createDevice' };
    api.answer(({ path }) => ({
      body: { data: [row], nextCursor: path.includes('cursor') ? null : 'c1' },
    }));
    const words = '--subject dv_1 --actor token:line-3 --from 2026-01-01T00:00:00Z --limit 1';
    const page = await api.type(`audit ${words}`);
    expect(page).toMatchObject({ code: 0, err: 'more: --cursor c1' });
    expect(page.out).toMatch(/token:line-3 +createDevice/);
    expect(Object.fromEntries(new URLSearchParams(api.seen[0]?.path.split('?')[1]))).toEqual({
      ...{ subject: 'dv_1', actor: 'token:line-3', from: '2026-01-01T00:00:00.000Z', limit: '1' },
    });
    expect(await api.type('audit --from yesterday')).toMatchObject({ code: 2 });
    const whole = await api.type('audit --all --json');
    expect(whole.out.split('\n').map((line) => JSON.parse(line) as unknown)).toEqual([
      { data: [row], nextCursor: 'c1' },
      { data: [row], nextCursor: null },
    ]);
  });

  it('given a list that does not go on, then it ends', async () => {
    api.answer(() => ({ body: { data: [], nextCursor: 'c1' } }));
    const { code, err } = await api.type('devices list --all');
    expect([code, err]).toEqual([1, expect.stringContaining('does not go on')]);
  });

  it('shows figures, those of devices by status', async () => {
    const devices = { inactive: 1, online: 2, offline: 3, disabled: 4 };
    api.answer(() => ({ body: { devices, products: 5, conflicts: 6 } }));
    const { out } = await api.type('stats');
    expect(out.split('\n').map((line) => line.split(/ +/).join(' '))).toEqual([
      ...['inactive 1', 'online 2', 'offline 3', 'disabled 4', 'products 5', 'conflicts 6'],
    ]);
  });
});
