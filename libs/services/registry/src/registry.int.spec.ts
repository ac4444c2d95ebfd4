import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startTestRegistry, type Answer, type TestRegistry } from './testing/registry.builder.ts';

const V1 = '/api/v1';

describe('a registry on SQLite and the embedded bus', () => {
  let registry: TestRegistry;
  let call: TestRegistry['call'];

  beforeAll(async () => {
    registry = await startTestRegistry();
    ({ call } = registry);
    await vi.waitFor(async () => expect((await call('GET', '/readyz')).status).toBe(200), 10_000);
  });
  afterAll(() => registry.stop());

  const createProduct = async (productKey: string, more: object = {}): Promise<Answer> =>
    call('POST', `${V1}/products`, { body: { name: 'Meters', productKey, ...more } });
  const createDevice = async (productKey: string, more: object = {}): Promise<Answer> =>
    call('POST', `${V1}/devices`, { body: { productKey, ...more } });
  const problem = (status: number, code: string) => ({ status, body: { code, status } });

  it.each([
    ['no method', 'FOO / HTTP/1.1\r\n\r\n'],
    ['more headers than fit', `GET / HTTP/1.1\r\na: ${'x'.repeat(20_000)}\r\n\r\n`],
  ])('given %s, then a problem like any other and the end of the connection', async (_, bytes) => {
    const { port, hostname } = new URL(registry.url);
    const answer = await text(connect(Number(port), hostname).end(bytes));
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    expect(head).toMatch(/^HTTP\/1\.1 400 [^]*application\/problem\+json/);
    expect(JSON.parse(body)).toMatchObject({ status: 400, code: 'invalid-field' });
  });

  it('given a body far over 1 MiB, then whoever sends it gets to read the refusal', async () => {
    const body = { name: 'x'.repeat(8 * 1024 * 1024) };
    expect(await call('POST', `${V1}/products`, { body })).toMatchObject(
      problem(413, 'body-too-large'),
    );
  });

  describe('products', () => {
    it('given a new product, then 201 with its secret; the key again is 409; it is read, listed, changed', async () => {
      const created = await createProduct('pk_a', { productSecret: 'six-chars' });
      expect(created).toMatchObject({
        status: 201,
        body: {
          productKey: 'pk_a',
          name: 'Meters',
          dialect: 'auto',
          dynamicActivation: false,
          registrationFree: false,
          maxUnits: 5,
          silenceSeconds: null,
          silenceCounts: 'packet',
          certificateRequired: false,
          resetKeepsSecret: true,
          registerRotatesSecret: false,
          revision: 1,
          productSecret: 'six-chars',
        },
      });
      expect(created.headers.get('etag')).toBe('"1"');
      expect(created.position).toBeGreaterThan(0);
      expect(await createProduct('pk_a')).toMatchObject(problem(409, 'product-key-taken'));
      const patched = await call('PATCH', `${V1}/products/pk_a`, { body: { maxUnits: 3 } });
      expect(patched).toMatchObject({ status: 200, body: { maxUnits: 3, revision: 2 } });
      const read = await call('GET', `${V1}/products/pk_a?after=${patched.position}`);
      expect(read.body).toEqual(patched.body);
      const list = await call('GET', `${V1}/products?after=${patched.position}`);
      expect(list.body['data']).toContainEqual(patched.body);
      expect(await call('GET', `${V1}/products/none`)).toMatchObject(
        problem(404, 'product-unknown'),
      );
    });

    it('given policies of what becomes of secrets, then they are kept, changed and shown', async () => {
      const policy = { resetKeepsSecret: false, registerRotatesSecret: true };
      expect((await createProduct('pk_p', policy)).body).toMatchObject({ ...policy, revision: 1 });
      const change = { body: { registerRotatesSecret: false } };
      const patched = await call('PATCH', `${V1}/products/pk_p`, change);
      const kept = { resetKeepsSecret: false, registerRotatesSecret: false, revision: 2 };
      expect(patched.body).toMatchObject(kept);
      const read = await call('GET', `${V1}/products/pk_p?after=${patched.position}`);
      expect(read.body).toMatchObject(kept);
      expect(await createProduct('pk_q', { resetKeepsSecret: null })).toMatchObject(
        problem(400, 'invalid-field'),
      );
    });

    it('given dialect huawei, then a device has an id of its key, a secret in hex, and names that its wire takes', async () => {
      await createProduct('pk_hw', { dialect: 'huawei' });
      const register = (body: object) =>
        call('POST', `${V1}/devices`, { body: { productKey: 'pk_hw', ...body } });
      const { body } = await register({ deviceKey: 'n1' });
      expect(body).toMatchObject({ deviceId: 'pk_hw_n1' });
      expect(body['deviceSecret']).toMatch(/^[0-9a-f]{32}$/);
      const message = 'must be 1 to 64 of A-Z a-z 0-9 _ - in a product of dialect huawei';
      const errors = [{ path: 'deviceKey', message }];
      expect(await register({ deviceKey: 'a.b' })).toMatchObject({
        ...{ status: 400, body: { code: 'invalid-field', errors } },
      });
      expect(await register({ deviceKey: 'n2', deviceId: 'pk_hw_n1' })).toMatchObject(
        problem(409, 'device-id-taken'),
      );
      const path = `${V1}/devices/pk_hw_n1/secret/reset`;
      const short = await call('POST', path, { body: { deviceSecret: '1234567' } });
      expect(short).toMatchObject(problem(400, 'invalid-field'));
      expect((await call('POST', path)).body['deviceSecret']).toMatch(/^[0-9a-f]{32}$/);
    });

    it('given its secret is reset with an overlap, then both are shown, newest first', async () => {
      await createProduct('pk_s', { productSecret: 'first-one' });
      const reset = await call('POST', `${V1}/products/pk_s/secret/reset`, {
        body: { productSecret: 'second-one', overlapSeconds: 60 },
      });
      expect(reset).toMatchObject({ status: 200, body: { productSecret: 'second-one' } });
      const { body } = await call('GET', `${V1}/products/pk_s/secret`);
      expect(body).toMatchObject({
        secrets: [
          { secretVersion: 2, secret: 'second-one', expiresAt: null },
          { secretVersion: 1, secret: 'first-one' },
        ],
      });
    });

    it('given it has a device, then it cannot be deleted; given none, then it is gone', async () => {
      await createProduct('pk_d');
      await createDevice('pk_d', { deviceKey: 'k1' });
      const before = await call('GET', `${V1}/products/pk_d`);
      expect(await call('DELETE', `${V1}/products/pk_d`)).toMatchObject(
        problem(409, 'product-not-empty'),
      );
      expect((await call('GET', `${V1}/products/pk_d`)).body).toEqual(before.body);
      const { status, position } = await createDevice('pk_d', { deviceKey: 'k2' });
      expect(status).toBe(201);
      for (const key of ['k1', 'k2']) {
        const { body } = await call(
          'GET',
          `${V1}/devices?productKey=pk_d&deviceKey=${key}&after=${position}`,
        );
        const [found] = body['data'] as { deviceId: string }[];
        expect((await call('DELETE', `${V1}/devices/${found?.deviceId}`)).status).toBe(204);
      }
      expect((await call('DELETE', `${V1}/products/pk_d`)).status).toBe(204);
      expect((await call('GET', `${V1}/products/pk_d`)).status).toBe(404);
      expect(await createDevice('pk_d')).toMatchObject(problem(404, 'product-unknown'));
    });
  });

  describe('devices', () => {
    beforeAll(async () => {
      await createProduct('pk_dev');
    });

    it('given a new device, then 201 with its secret, and a write by its id works at once', async () => {
      const created = await createDevice('pk_dev', {
        deviceKey: 'meter-1',
        name: 'Meter 1',
        tags: { room: 'a b' },
      });
      expect(created).toMatchObject({
        status: 201,
        body: {
          productKey: 'pk_dev',
          deviceKey: 'meter-1',
          generation: 1,
          name: 'Meter 1',
          lifecycle: 'inactive',
          presence: 'offline',
          status: 'inactive',
          clientId: null,
          epoch: 0,
          activatedAt: null,
          lastSeenAt: null,
          tags: { room: 'a b' },
          revision: 1,
        },
      });
      const { deviceId, deviceSecret, ...device } = created.body;
      expect(deviceId).toMatch(/^dv_[0-9a-z]{26}$/);
      expect(String(deviceSecret)).toHaveLength(22);
      const changed = await call('PATCH', `${V1}/devices/${String(deviceId)}`, {
        body: { name: null },
      });
      expect(changed.body).toEqual({ ...device, deviceId, name: null, revision: 2 });
      expect(
        await call('GET', `${V1}/devices/${String(deviceId)}?after=${changed.position}`),
      ).toMatchObject({ status: 200, body: changed.body });
      const found = await call('GET', `${V1}/devices?tag.room=a%20b&after=${changed.position}`);
      expect(found.body['data']).toEqual([changed.body]);
    });

    it('given a taken key, a taken id, an id in the allocated form, or no product, then refused', async () => {
      expect((await createDevice('pk_dev', { deviceKey: 'x', deviceId: 'own-1' })).status).toBe(
        201,
      );
      expect(await createDevice('pk_dev', { deviceKey: 'x' })).toMatchObject(
        problem(409, 'device-key-taken'),
      );
      expect(await createDevice('pk_dev', { deviceKey: 'y', deviceId: 'own-1' })).toMatchObject(
        problem(409, 'device-id-taken'),
      );
      const allocated = `dv_${'0'.repeat(26)}`;
      expect(await createDevice('pk_dev', { deviceId: allocated })).toMatchObject(
        problem(400, 'invalid-field'),
      );
      expect(await createDevice('none')).toMatchObject(problem(404, 'product-unknown'));
    });

    it('given it is disabled twice, then the second answers 200 with the old position and appends nothing', async () => {
      await createDevice('pk_dev', { deviceKey: 'dis', deviceId: 'dis-1' });
      const body = { reason: 'stolen' };
      const first = await call('POST', `${V1}/devices/dis-1/disable`, { body });
      expect(first).toMatchObject({
        status: 200,
        body: { lifecycle: 'disabled', status: 'disabled' },
      });
      const again = await call('POST', `${V1}/devices/dis-1/disable`, { body });
      expect(again).toMatchObject({ status: 200, position: first.position, body: first.body });
      const enabled = await call('POST', `${V1}/devices/dis-1/enable`);
      expect(enabled).toMatchObject({ status: 200, body: { status: 'inactive' } });
    });

    it('given If-Match of an older revision, then 412', async () => {
      await createDevice('pk_dev', { deviceKey: 'rev', deviceId: 'rev-1' });
      const headers = { 'if-match': '"1"' };
      expect((await call('POST', `${V1}/devices/rev-1/disable`, { headers })).status).toBe(200);
      expect(await call('POST', `${V1}/devices/rev-1/enable`, { headers })).toMatchObject(
        problem(412, 'stale-revision'),
      );
      const unseen = { headers: { 'if-match': '"99999999999999999999"' } };
      expect(await call('POST', `${V1}/devices/rev-1/enable`, unseen)).toMatchObject(
        problem(412, 'stale-revision'),
      );
    });

    it('given an Idempotency-Key again, then the same answer, secrets included; another body is 409; also after a deletion', async () => {
      const headers = { 'idempotency-key': 'once' };
      const body = { productKey: 'pk_dev', deviceKey: 'idem', deviceId: 'idem-1' };
      const first = await call('POST', `${V1}/devices`, { body, headers });
      const turned = Object.fromEntries(Object.entries(body).reverse());
      const again = await call('POST', `${V1}/devices`, { body: turned, headers });
      expect(again).toMatchObject({ status: 201, position: first.position });
      expect(again.body).toEqual(first.body);
      expect(
        await call('POST', `${V1}/devices`, { body: { ...body, name: 'x' }, headers }),
      ).toMatchObject(problem(409, 'idempotency-mismatch'));
      const removal = { headers: { 'idempotency-key': 'gone' } };
      expect((await call('DELETE', `${V1}/devices/idem-1`, removal)).status).toBe(204);
      expect((await call('DELETE', `${V1}/devices/idem-1`, removal)).status).toBe(204);
      expect(await call('DELETE', `${V1}/devices/idem-1`)).toMatchObject(
        problem(404, 'device-unknown'),
      );
    });

    it('given a call was refused under an Idempotency-Key, then it is not kept and is tried anew', async () => {
      const late = { headers: { 'idempotency-key': 'late' } };
      const disable = () => call('POST', `${V1}/devices/idem-2/disable`, late);
      expect(await disable()).toMatchObject(problem(404, 'device-unknown'));
      await createDevice('pk_dev', { deviceKey: 'idem-2', deviceId: 'idem-2' });
      const done = await disable();
      expect(done).toMatchObject({ status: 200, body: { status: 'disabled' } });
      expect((await disable()).body).toEqual(done.body);
    });

    it('given nobody activates it in its time, then it is gone, and its key and its id are free', async () => {
      const given = { deviceKey: 'exp', deviceId: 'exp-1' };
      const timely = { ...given, registrationTimeoutSeconds: 1 };
      const { position } = await createDevice('pk_dev', timely);
      const path = `${V1}/devices/exp-1`;
      await vi.waitFor(
        async () => expect((await call('GET', `${path}?after=${position}`)).status).toBe(404),
        { timeout: 20_000, interval: 50 },
      );
      expect(await call('DELETE', path)).toMatchObject(problem(404, 'device-unknown'));
      expect(await createDevice('pk_dev', given)).toMatchObject({
        status: 201,
        body: { deviceId: 'exp-1', generation: 2, revision: 3 },
      });
    });

    it('given its secret is read and reset, then as a product its own', async () => {
      const { body } = await createDevice('pk_dev', {
        deviceKey: 'sec',
        deviceSecret: 'given-one',
      });
      const path = `${V1}/devices/${String(body['deviceId'])}/secret`;
      expect((await call('GET', path)).body).toEqual({
        secrets: [{ secretVersion: 1, secret: 'given-one', expiresAt: null }],
      });
      const reset = await call('POST', `${path}/reset`, { body: {} });
      expect(String(reset.body['deviceSecret'])).toHaveLength(22);
      expect((await call('POST', `${V1}/devices/${String(body['deviceId'])}/reset`)).status).toBe(
        200,
      );
    });

    it('given its secret is read twice under one Idempotency-Key, then each read stands in the audit', async () => {
      await createDevice('pk_dev', { deviceKey: 'aud', deviceId: 'aud-1' });
      const headers = { 'idempotency-key': 'read-it' };
      for (let n = 0; n < 2; n += 1)
        expect((await call('GET', `${V1}/devices/aud-1/secret`, { headers })).status).toBe(200);
      const { body } = await call('GET', `${V1}/devices/aud-1/timeline`);
      const types = (body['data'] as { type: string }[]).map(({ type }) => type);
      expect(types).toEqual(['DeviceRegistered', 'SecretRead', 'SecretRead']);
    });

    it('given its secret is read, then its revision stays, and who had seen it may change it', async () => {
      const { body } = await createDevice('pk_dev', { deviceKey: 'looked' });
      const path = `${V1}/devices/${String(body['deviceId'])}`;
      const read = await call('GET', `${path}/secret`);
      expect(read.headers.get('etag')).toBe('"1"');
      const after = `after=${String(read.headers.get('tallystick-position'))}`;
      expect((await call('GET', `${path}?${after}`)).body).toMatchObject({ revision: 1 });
      const headers = { 'if-match': '"1"' };
      const changed = await call('PATCH', path, { headers, body: { name: 'seen' } });
      expect(changed).toMatchObject({ status: 200, body: { revision: 3 } });
      expect(changed.headers.get('etag')).toBe('"3"');
      expect((await call('PATCH', path, { headers, body: { name: 'late' } })).status).toBe(412);
    });

    it('given its id moves to another key, then a write by the id finds the new device at once', async () => {
      for (let n = 0; n < 20; n += 1) {
        const given = await createDevice('pk_dev', { deviceKey: `moves-${n}`, deviceId: 'moves' });
        expect(given.status).toBe(201);
        expect(await call('POST', `${V1}/devices/moves/disable`)).toMatchObject({
          status: 200,
          body: { deviceKey: `moves-${n}` },
        });
        expect((await call('DELETE', `${V1}/devices/moves`)).status).toBe(204);
      }
    });

    it('given many, then they are listed page by page, each once', async () => {
      await createProduct('pk_page');
      let position = 0;
      for (let n = 0; n < 5; n += 1) ({ position } = await createDevice('pk_page'));
      const seen: string[] = [];
      let cursor: string | null = '';
      while (cursor !== null) {
        const more: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
        const { body } = await call(
          'GET',
          `${V1}/devices?productKey=pk_page&limit=2&after=${position}${more}`,
        );
        seen.push(...(body['data'] as { deviceId: string }[]).map((device) => device.deviceId));
        cursor = body['nextCursor'] as string | null;
      }
      expect(new Set(seen).size).toBe(5);
      expect(seen).toHaveLength(5);
      expect(await call('GET', `${V1}/devices?cursor=none`)).toMatchObject(
        problem(400, 'invalid-field'),
      );
    });

    it('given an id that nobody has, then 404 everywhere', async () => {
      const paths = ['', '/secret', '/timeline', '/explain', '/sessions', '/units'];
      for (const path of paths)
        expect(await call('GET', `${V1}/devices/nobody${path}`)).toMatchObject(
          problem(404, 'device-unknown'),
        );
      for (const path of ['disable', 'enable', 'reset', 'secret/reset', 'units/clear'])
        expect(await call('POST', `${V1}/devices/nobody/${path}`)).toMatchObject(
          problem(404, 'device-unknown'),
        );
      expect(await call('DELETE', `${V1}/sessions/none`)).toMatchObject(
        problem(404, 'session-unknown'),
      );
    });

    it('given a position far ahead, then a read waits and says view-behind', async () => {
      const answer = await call('GET', `${V1}/devices?after=1000000`);
      expect(answer).toMatchObject(problem(503, 'view-behind'));
      expect(answer.headers.get('retry-after')).toBe('1');
    });

    it('given what happened to it, then its timeline tells it in order, and nothing secret', async () => {
      await createDevice('pk_dev', { deviceKey: 'tl', deviceId: 'tl-1' });
      await call('POST', `${V1}/devices/tl-1/disable`, { body: { reason: 'lost' } });
      const { body } = await call('GET', `${V1}/devices/tl-1/timeline`);
      expect(body['data']).toMatchObject([
        {
          type: 'DeviceRegistered',
          actor: 'token:admin',
          data: { deviceId: 'tl-1', origin: 'api' },
        },
        { type: 'DeviceDisabled', data: { reason: 'lost' } },
      ]);
      expect(JSON.stringify(body)).not.toMatch(/secretId|tokenHash/);
    });
  });
});

describe('a registry that is to end', () => {
  it('given calls that wait for a view or a gateway, then they are answered, and at once', async () => {
    const registry = await startTestRegistry();
    const { call } = registry;
    await vi.waitFor(async () => expect((await call('GET', '/readyz')).status).toBe(200), 10_000);
    const { position } = await call('POST', `${V1}/products`, { body: { name: 'Last' } });
    const behind = call('GET', `${V1}/devices?after=1000000`);
    const effects = call('GET', `${V1}/effects/${position}?wait=5`);
    await call('GET', `${V1}/devices`);
    const began = performance.now();
    await registry.stop();
    expect(performance.now() - began).toBeLessThan(3_500);
    expect(await behind).toMatchObject({ status: 503, body: { code: 'view-behind' } });
    expect(await effects).toMatchObject({ status: 200, body: { total: 0, unknown: true } });
  });
});
