import type { AuditEntryDocument } from '@tallystick/contracts';
import type {} from '@tallystick/test-kit';
import { specDatabase } from '@tallystick/event-store/testing';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import {
  ADMIN_TOKEN,
  startTestRegistry,
  type Answer,
  type TestRegistry,
} from '../testing/registry.builder.ts';

const V1 = '/api/v1';
const database = specDatabase(inject('databaseUrl'), 'audit');
const ALL = ['read', 'write', 'secrets:read', 'admin'];

type Row = AuditEntryDocument;
type Headers = Readonly<Record<string, string>>;

const until = <T>(assert: () => Promise<T>): Promise<T> =>
  vi.waitFor(assert, { timeout: 20_000, interval: 50 });
const rowsIn = ({ body }: Answer): readonly Row[] => body['data'] as readonly Row[];

describe.each(['sqlite', 'postgres'] as const)('the audit on %s', (dialect) => {
  let registry: TestRegistry;
  let call: TestRegistry['call'];
  /** Another registry on the same database; SQLite has one process alone. */
  let other: TestRegistry;
  const key = (name: string): string => `${name}_${dialect}`;

  beforeAll(async () => {
    const settings = { TALLYSTICK_PENDING_MS: '1000' };
    if (dialect === 'postgres') await database.create();
    const of = dialect === 'postgres' ? { ...settings, DATABASE_URL: database.url } : settings;
    registry = await startTestRegistry(of);
    other = dialect === 'postgres' ? await startTestRegistry(of) : registry;
    ({ call } = registry);
    await call('POST', `${V1}/tenants`, { body: { tenant: 'north', name: 'Plant north' } });
    await product('p');
  });
  afterAll(async () => {
    await registry.stop();
    if (dialect === 'postgres') await other.stop();
    if (dialect === 'postgres') await database.drop();
  });

  const product = (name: string, headers: Headers = {}) =>
    call('POST', `${V1}/products`, { body: { name, productKey: key(name) }, headers });
  const device = async (deviceKey: string, headers: Headers = {}): Promise<string> => {
    const body = { productKey: key('p'), deviceKey };
    const made = await call('POST', `${V1}/devices`, { body, headers });
    expect(made.status).toBe(201);
    return String(made.body['deviceId']);
  };
  const issue = async (scopes: readonly string[], tenant: string, name: string) => {
    const made = await call('POST', `${V1}/tokens`, { body: { name, scopes, tenant } });
    expect(made.status).toBe(201);
    const headers = { authorization: `Bearer ${String(made.body['token'])}` };
    return { id: String(made.body['id']), headers };
  };
  const ask = (query: Readonly<Record<string, string>>, headers: Headers = {}, of = registry) =>
    of.call('GET', `${V1}/audit?${new URLSearchParams(query).toString()}`, { headers });
  const rows = async (...asked: Parameters<typeof ask>): Promise<readonly Row[]> => {
    const answer = await ask(...asked);
    expect(answer.status).toBe(200);
    return rowsIn(answer);
  };

  it('given a change, then a row says who, from where, on what, and under which request', async () => {
    const deviceId = await device('d1', { 'x-request-id': 'change-1' });
    const [row, ...more] = await rows({ subject: deviceId });
    expect(more).toEqual([]);
    expect(row).toEqual({
      ...{ time: row?.time, actor: 'token:admin', action: 'createDevice', subject: deviceId },
      ...{ tenant: 'default', remoteAddress: '127.0.0.1', requestId: 'change-1' },
      detail: expect.stringMatching(/^DeviceRegistered at position \d+$/) as string,
    });
    expect(Math.abs(Date.parse(row?.time ?? '') - Date.now())).toBeLessThan(60_000);
  });

  it('given changes of one device, then one row each, the newest first', async () => {
    const deviceId = await device('d2');
    const of = `${V1}/devices/${deviceId}`;
    await call('POST', `${of}/disable`, { body: { reason: 'x' } });
    await call('POST', `${of}/disable`, { body: { reason: 'x' } });
    await call('GET', `${of}/secret`);
    await call('PATCH', of, { body: { name: 'n' } });
    await call('DELETE', of);
    const actions = (await rows({ subject: deviceId })).map(({ action }) => action);
    expect(actions).toEqual([
      ...['deleteDevice', 'patchDevice', 'readDeviceSecret'],
      ...['disableDevice', 'createDevice'],
    ]);
  });

  it('given calls under one request id, then each has its row: nobody hides behind another', async () => {
    const headers = { 'x-request-id': 'again' };
    const deviceId = await device('d3', headers);
    for (let n = 0; n < 3; n += 1)
      await call('GET', `${V1}/devices/${deviceId}/secret`, { headers });
    const found = await rows({ subject: deviceId });
    expect(found.map(({ action }) => action)).toEqual([
      ...['readDeviceSecret', 'readDeviceSecret', 'readDeviceSecret', 'createDevice'],
    ]);
    expect(new Set(found.map(({ requestId }) => requestId))).toEqual(new Set(['again']));
  });

  it('given a repeated call, which is shown its secret again, then a row of that too', async () => {
    const headers = { 'idempotency-key': key('twice'), 'x-request-id': 'first' };
    const again = { ...headers, 'x-request-id': 'second' };
    const subject = await device('d4', headers);
    expect(await device('d4', again)).toBe(subject);
    expect(await rows({ subject })).toMatchObject([
      { action: 'createDevice', requestId: 'second', detail: 'the same answer again' },
      { action: 'createDevice', requestId: 'first' },
    ]);
    const disable = { body: {}, headers: { 'idempotency-key': key('off') } };
    for (let n = 0; n < 2; n += 1) await call('POST', `${V1}/devices/${subject}/disable`, disable);
    expect(await rows({ subject })).toHaveLength(3);
  });

  it('given a given device id, which is reserved too, then one row', async () => {
    const body = { productKey: key('p'), deviceId: key('given') };
    const made = await call('POST', `${V1}/devices`, { body });
    expect(made.status).toBe(201);
    await call('DELETE', `${V1}/devices/${key('given')}`);
    const actions = (await rows({ subject: key('given') })).map(({ action }) => action);
    expect(actions).toEqual(['deleteDevice', 'createDevice']);
  });

  it('given products, tenants and tokens, then their ids are the subjects', async () => {
    await product('gone');
    await call('DELETE', `${V1}/products/${key('gone')}`);
    const ofProduct = await rows({ subject: key('gone') });
    expect(ofProduct.map(({ action }) => action)).toEqual(['deleteProduct', 'createProduct']);
    const { id } = await issue(['read'], 'north', 'short');
    await call('DELETE', `${V1}/tokens/${id}`, { headers: { 'tallystick-tenant': 'north' } });
    const ofToken = await rows({ subject: id });
    expect(ofToken.map(({ action, tenant }) => [action, tenant])).toEqual([
      ['deleteToken', 'north'],
      ['createToken', 'north'],
    ]);
    const made = await rows({ subject: 'default' });
    expect(made).toMatchObject([
      { actor: 'system:registry', action: 'createTenant', remoteAddress: null },
    ]);
  });

  it('given a product that is not empty, then its deletion, which fails, has no row', async () => {
    await product('full');
    const body = { productKey: key('full') };
    await call('POST', `${V1}/devices`, { body });
    const kept = await call('DELETE', `${V1}/products/${key('full')}`);
    expect(kept.status).toBe(409);
    const actions = (await rows({ subject: key('full') })).map(({ action }) => action);
    expect(actions).toEqual(['createProduct']);
  });

  it('given a whole token where its id belongs, then a refused call is told by the id alone', async () => {
    const { id, headers } = await issue(['read'], 'north', 'whole token');
    const whole = (headers.authorization ?? '').slice('Bearer '.length);
    expect((await call('DELETE', `${V1}/tokens/${whole}`, { headers })).status).toBe(403);
    const [row] = await until(async () => {
      const found = await rows({ actor: 'token:whole token' });
      expect(found).toHaveLength(1);
      return found;
    });
    expect(row).toMatchObject({ action: 'deleteToken refused', subject: id });
  });

  it('given the longest name of a token, then what it did is found', async () => {
    const name = 'n'.repeat(256);
    const { headers } = await issue(['write'], 'default', name);
    await product('long', headers);
    const found = await rows({ actor: `token:${name}` });
    expect(found).toMatchObject([{ action: 'createProduct', subject: key('long') }]);
  });

  it('given a call that is refused by 403, then one row of it with its request', async () => {
    const { headers } = await issue(['write'], 'north', 'writer');
    const asked = { headers: { ...headers, 'x-request-id': 'no-1' } };
    expect((await call('GET', `${V1}/products/${key('p')}/secret`, asked)).status).toBe(403);
    expect((await call('GET', `${V1}/products`, asked)).status).toBe(403);
    const named = { headers: { ...headers, 'tallystick-tenant': 'default' } };
    expect((await call('GET', `${V1}/products`, named)).status).toBe(403);
    const found = await rows({ actor: 'token:writer' });
    expect(found.map(({ action, subject, requestId }) => [action, subject, requestId])).toEqual([
      ['listProducts refused', null, expect.any(String)],
      ['listProducts refused', null, 'no-1'],
      ['readProductSecret refused', key('p'), 'no-1'],
    ]);
    expect(found[0]).toMatchObject({ tenant: 'north', remoteAddress: '127.0.0.1' });
    expect(found[0]?.detail).toBe('forbidden');
  });

  it('given calls without a token in force, then they are counted by address, action and minute', async () => {
    const wrong = { headers: { authorization: 'Bearer a-wrong-token' } };
    const attempt = (of: TestRegistry) => of.call('DELETE', `${V1}/devices/d`, wrong);
    for (let n = 0; n < 7; n += 1) expect((await attempt(registry)).status).toBe(401);
    for (let n = 0; n < 3; n += 1) expect((await attempt(other)).status).toBe(401);
    await until(async () => {
      const found = await rows({ actor: 'unknown' });
      const own = found.filter(({ action }) => action === 'deleteDevice refused');
      const sum = own.reduce((all, { detail }) => all + Number(detail), 0);
      expect(sum).toBe(10);
      // A minute may end in between.
      expect(own.length).toBeLessThanOrEqual(2);
      expect(own[0]).toMatchObject({ subject: null, tenant: 'default', requestId: null });
    });
  });

  it('given a gateway under a wrong credential, then its claims are counted', async () => {
    for (const path of ['claims', 'claims/release', 'claims/abandon', 'nothing'])
      await registry.internal(`/internal/v1/${path}`, {}, 'a-wrong-credential');
    const actions = (await rows({ actor: 'unknown' })).map(({ action }) => action);
    for (const action of ['claimUnit', 'releaseUnit', 'abandonClaim'])
      expect(actions).toContain(`${action} refused`);
  });

  it('given what no route takes, then it has no row', async () => {
    const headers = { authorization: 'Bearer wrong' };
    expect((await call('GET', `${V1}/no-such-route`, { headers })).status).toBe(401);
    expect((await call('PUT', `${V1}/devices`, { headers })).status).toBe(401);
    const found = await rows({ actor: 'unknown' });
    expect(found.filter(({ action }) => !/^\w+ refused$/.test(action))).toEqual([]);
  });

  it('given a retired gateway that is none, then no row; given a refusal by state, then no row', async () => {
    const before = (await rows({ limit: '1' }))[0];
    expect((await call('DELETE', `${V1}/gateways/none`)).status).not.toBe(204);
    expect((await call('DELETE', `${V1}/sessions/none`)).status).toBe(404);
    expect((await call('POST', `${V1}/store/adopt`)).status).not.toBe(200);
    expect((await rows({ limit: '1' }))[0]).toEqual(before);
  });

  it('given an import, then a row of it, of its undo and of each download, none of its devices', async () => {
    const upload = (name: string, query = '') =>
      fetch(`${registry.url}${V1}/devices/import?productKey=${key('p')}${query}`, {
        ...{ method: 'POST', body: 'deviceKey\nimported-1\nimported-2\n' },
        headers: {
          ...{ authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'text/csv' },
          ...{ 'idempotency-key': key(name), 'x-request-id': name },
        },
      });
    await upload('tried', '&dryRun=true');
    const started = await upload('imported');
    expect(started.status).toBe(202);
    const { jobId } = (await started.json()) as { jobId: string };
    expect(((await (await upload('imported')).json()) as { jobId: string }).jobId).toBe(jobId);
    for (const status of [200, 404]) {
      const authorization = `Bearer ${ADMIN_TOKEN}`;
      const got = await fetch(`${registry.url}${V1}/jobs/${jobId}/secrets`, {
        headers: { authorization },
      });
      expect([got.status, (await got.text()).includes('imported-1')]).toEqual([
        status,
        status === 200,
      ]);
    }
    for (let n = 0; n < 2; n += 1)
      expect((await call('POST', `${V1}/jobs/${jobId}/undo`)).status).toBe(200);
    await until(async () => {
      const { body } = await call('GET', `${V1}/jobs/${jobId}`);
      expect(body).toMatchObject({ state: 'undone' });
    });
    const told = await rows({ limit: '1000' });
    const own = told.filter(({ subject }) => subject === jobId);
    expect(own.map(({ action }) => action)).toEqual(
      expect.arrayContaining(['importDevices', 'readJobSecrets', 'undoJob']),
    );
    expect(own.filter(({ action }) => action === 'importDevices')).toHaveLength(1);
    expect(own.filter(({ action }) => action === 'readJobSecrets')).toHaveLength(1);
    const jobs = told.filter(({ action }) => /^(importDevices|undoJob)$/.test(action));
    expect(new Set(jobs.map(({ subject }) => subject))).toEqual(new Set([jobId]));
  });

  it('given a device that asks for a slot and stays away, then it is the actor, then the registry', async () => {
    const body = {
      ...{ name: 'Free', productKey: key('free'), dialect: 'alibaba' },
      ...{ registrationFree: true, dynamicActivation: true },
    };
    expect((await call('POST', `${V1}/products`, { body })).status).toBe(201);
    const claim = {
      ...{ productKey: key('free'), deviceKey: 'meter', gatewayId: 'gw-1', dialect: 'alibaba' },
      ...{ claimId: key('claim'), address: '203.0.113.9' },
    };
    await registry.report({ gatewayId: 'gw-1' });
    const granted = await until(async () => {
      const answer = await registry.internal('/internal/v1/claims', claim);
      expect(answer.body).toMatchObject({ granted: true });
      return answer;
    });
    const subject = String(granted.body['deviceId']);
    const own = (await rows({ subject })).filter(({ action }) => action === 'claimUnit');
    expect(own).toMatchObject([
      { actor: `device:${subject}`, remoteAddress: '203.0.113.9', subject, tenant: 'default' },
    ]);
    await until(async () => {
      const [newest] = await rows({ subject });
      expect(newest).toMatchObject({ actor: 'system:registry', action: 'releaseUnit' });
      expect(newest?.remoteAddress).toBeNull();
    });
  });

  it('given a time, then what lies in it: from it on, and before its end', async () => {
    const deviceId = await device('timed');
    const [row] = await rows({ subject: deviceId });
    const time = row?.time ?? '';
    const later = new Date(Date.parse(time) + 1).toISOString();
    expect(await rows({ subject: deviceId, from: time, to: later })).toHaveLength(1);
    expect(await rows({ subject: deviceId, from: later })).toEqual([]);
    expect(await rows({ subject: deviceId, to: time })).toEqual([]);
    expect((await ask({ from: 'yesterday' })).status).toBe(400);
    expect((await ask({ cursor: 'x' })).status).toBe(400);
    expect((await ask({ limit: '1001' })).status).toBe(400);
  });

  it('given pages, then every row once, in order, while rows are added', async () => {
    const seen: string[] = [];
    let cursor: string | null = null;
    const all = await rows({ limit: '1000' });
    do {
      const query: Record<string, string> = { limit: '3', ...(cursor === null ? {} : { cursor }) };
      const page = await ask(query);
      seen.push(...rowsIn(page).map((row) => JSON.stringify(row)));
      cursor = page.body['nextCursor'] as string | null;
      await call('GET', `${V1}/products/${key('p')}/secret`);
    } while (cursor !== null);
    expect(seen).toEqual(all.map((row) => JSON.stringify(row)));
    const times = all.map(({ time }) => time);
    expect(times).toEqual(times.toSorted().toReversed());
  });

  it('given another tenant, then its rows are its own alone', async () => {
    const { headers } = await issue(ALL, 'north', 'north-admin');
    const own = await rows({ limit: '1000' }, headers);
    expect(own.length).toBeGreaterThan(0);
    expect(new Set(own.map(({ tenant }) => tenant))).toEqual(new Set(['north']));
    const named = await rows({ limit: '1000' }, { 'tallystick-tenant': 'north' });
    expect(named).toEqual(own);
    const everyone = await rows({ limit: '1000' });
    expect(new Set(everyone.map(({ tenant }) => tenant))).toEqual(new Set(['default', 'north']));
    const some = await issue(['secrets:read'], 'default', 'officer');
    const officer = await rows({ limit: '1000' }, some.headers);
    expect(new Set(officer.map(({ tenant }) => tenant))).toEqual(new Set(['default']));
  });

  it('given a token without secrets:read or admin, then 403', async () => {
    for (const scope of ALL) {
      const { headers } = await issue([scope], 'north', `only ${scope}`);
      const may = scope === 'admin' || scope === 'secrets:read';
      expect((await ask({}, headers)).status).toBe(may ? 200 : 403);
    }
  });

  it('given another registry, then it shows the same', async () => {
    const deviceId = await device('elsewhere');
    await until(async () => {
      expect(await rows({ subject: deviceId }, {}, other)).toHaveLength(1);
    });
  });
});
