import { once } from 'node:events';
import { Agent, request, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import type {} from '@tallystick/test-kit';
import { specDatabase } from '@tallystick/event-store/testing';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { ADMIN_TOKEN, startTestRegistry, type TestRegistry } from '../testing/registry.builder.ts';

const database = specDatabase(inject('databaseUrl'), 'imports');
beforeAll(() => database.create());
afterAll(() => database.drop());

interface Sent {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

async function send(
  registry: TestRegistry,
  body: string | Uint8Array<ArrayBuffer>,
  { query = '?productKey=pk', type = 'text/csv', key = '' } = {},
): Promise<Sent> {
  const headers = {
    authorization: `Bearer ${ADMIN_TOKEN}`,
    'content-type': type,
    ...(key === '' ? {} : { 'idempotency-key': key }),
  };
  const url = `${registry.url}/api/v1/devices/import${query}`;
  const response = await fetch(url, { method: 'POST', headers, body });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

interface Row {
  readonly row: number;
  readonly state: string;
  readonly deviceId: string | null;
  readonly deviceKey: string;
  readonly code: string | null;
  readonly detail: string | null;
}

async function rowsOf(registry: TestRegistry, jobId: unknown, query = ''): Promise<Row[]> {
  const { body } = await registry.call('GET', `/api/v1/jobs/${String(jobId)}/rows${query}`);
  return body['data'] as Row[];
}

/** An upload that is sent piece by piece. */
function openUpload(registry: TestRegistry, query: string, headers: Record<string, string> = {}) {
  const url = `${registry.url}/api/v1/devices/import${query}`;
  const made = request(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'text/csv', ...headers },
  });
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  made.once('response', resolve);
  made.once('error', reject);
  promise.catch(() => undefined);
  const answer = async () => {
    const response = await promise;
    return { status: response.statusCode, body: JSON.parse(await text(response)) as unknown };
  };
  return { made, answer };
}

/** Reads the beginning of an answer, and goes. */
async function breakOff(url: string): Promise<void> {
  const made = request(url, {
    ...{ agent: new Agent({ keepAlive: true }) },
    headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
  });
  made.end();
  const [response] = (await once(made, 'response')) as [IncomingMessage];
  await once(response, 'data');
  response.destroy();
}

const told = ({ row, state, code, detail }: Row): string =>
  state === 'refused' ? `${row} ${code}: ${detail}` : `${row} ${state}`;

describe.each(['SQLite', 'PostgreSQL'] as const)('an import on %s', (kind) => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await startTestRegistry(kind === 'SQLite' ? {} : { DATABASE_URL: database.url });
    await registry.call('POST', '/api/v1/products', { body: { name: 'Meters', productKey: 'pk' } });
  });
  afterAll(() => registry.stop());

  const jobOf = async (jobId: unknown) =>
    (await registry.call('GET', `/api/v1/jobs/${String(jobId)}`)).body;
  const secretsOf = (jobId: unknown) =>
    fetch(`${registry.url}/api/v1/jobs/${String(jobId)}/secrets`, {
      headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
    });

  it('given a product of dialect huawei, then ids are made of its key and reserved, and what its wire does not take is refused by row', async () => {
    const huawei = { name: 'Gateways', productKey: 'hw', dialect: 'huawei' };
    await registry.call('POST', '/api/v1/products', { body: huawei });
    const rows = ['n1,,', 'a.b,,', `n2,${'x'.repeat(129)},`, 'n3,,1234567', 'n4,mine,12345678'];
    const csv = ['deviceKey,deviceId,deviceSecret', ...rows, 'n5,hw_n6,', 'n6,,', ',,', ''];
    const query = '?productKey=hw';
    const dry = await send(registry, csv.join('\n'), { query: `${query}&dryRun=true` });
    const { body } = await send(registry, csv.join('\n'), { query });
    const made = await rowsOf(registry, body['jobId']);
    const within = 'in a product of dialect huawei';
    expect(made.map(told)).toEqual([
      '1 accepted',
      `2 invalid-field: deviceKey: must be 1 to 64 of A-Z a-z 0-9 _ - ${within}`,
      `3 invalid-field: deviceId: must be 1 to 128 of A-Z a-z 0-9 _ - ${within}`,
      `4 invalid-field: deviceSecret: must be 8 to 32 printable ASCII characters ${within}`,
      '5 accepted',
      '6 accepted',
      '7 device-id-taken: deviceId: row 6 of this file has the id',
      '8 accepted',
    ]);
    expect((await rowsOf(registry, dry.body['jobId'])).map(told)).toEqual(made.map(told));
    const [first, , , , fifth, sixth, , last] = made.map(({ deviceId }) => deviceId);
    expect([first, fifth, sixth]).toEqual(['hw_n1', 'mine', 'hw_n6']);
    expect(last).toBe(`hw_${made[7]?.deviceKey}`);
    const secrets = await (await secretsOf(body['jobId'])).text();
    const allocated = secrets.trim().split('\n').slice(1);
    expect(allocated).toHaveLength(3);
    for (const line of allocated) expect(line).toMatch(/,[0-9a-f]{32}\r?$/);
    const again = await send(registry, 'deviceKey,deviceId\nother,hw_n1\n', { query });
    expect((await rowsOf(registry, again.body['jobId'])).map(told)).toEqual([
      '1 device-id-taken: deviceId: another device has the id',
    ]);
  });

  it('given a file of three rows, then its devices are registered and its job is done', async () => {
    const csv = 'deviceKey,name,tags.room\nm-1,Boiler,hall-7\nm-2,"Pump, north",\n,,\n';
    const sent = await send(registry, csv);
    expect(sent).toEqual({ status: 202, body: { jobId: expect.any(String) as unknown } });
    const { jobId } = sent.body;
    expect(await jobOf(jobId)).toEqual({
      ...{ jobId, state: 'done', rows: 3, accepted: 3, refused: 0, causationId: jobId },
    });
    const rows = await rowsOf(registry, jobId);
    expect(rows.map(({ row, state, deviceKey }) => [row, state, deviceKey])).toEqual([
      [1, 'accepted', 'm-1'],
      [2, 'accepted', 'm-2'],
      [3, 'accepted', expect.stringMatching(/^[A-Za-z0-9]{20}$/)],
    ]);
    const device = await registry.call('GET', `/api/v1/devices/${rows[1]?.deviceId}`);
    expect(device.body).toMatchObject({ deviceKey: 'm-2', name: 'Pump, north', tags: {} });
    const shown = await registry.call('GET', `/api/v1/devices/${rows[0]?.deviceId}/timeline`);
    expect(shown.body).toMatchObject({
      data: [{ type: 'DeviceRegistered', actor: 'token:admin', causationId: jobId }],
    });
  });

  it('given rows that cannot be, then each has its reason, and the others are registered', async () => {
    await send(registry, 'deviceKey,deviceId\ntaken,given-1\n');
    const file = [
      'productKey,deviceKey,deviceId,deviceSecret',
      'pk,taken,,',
      'pk,other,given-1,',
      'pk,a,,',
      'pk,a,,',
      'pk,b,given-2,',
      'pk,c,given-2,',
      'nobodys,d,,',
      'pk,e\u202e,,',
      'pk,f,,x',
      'pk,g,,"x',
      'pk,h,,secret-h',
    ];
    const { body } = await send(registry, file.join('\n'), { query: '' });
    expect((await rowsOf(registry, body['jobId'])).map(told)).toEqual([
      '1 device-key-taken: deviceKey: another device has the key',
      '2 device-id-taken: deviceId: another device has the id',
      '3 accepted',
      '4 device-key-taken: deviceKey: row 3 of this file has the key',
      '5 accepted',
      '6 device-id-taken: deviceId: row 5 of this file has the id',
      '7 product-unknown: productKey: there is no product nobodys',
      '8 invalid-field: deviceKey: must be 1 to 128 of A-Z a-z 0-9 . _ : @ - (holds U+202E)',
      '9 invalid-field: deviceSecret: must be 6 to 64 printable ASCII characters',
      '10 invalid-field: a quoted field does not end on its line',
      '11 accepted',
    ]);
    expect(await jobOf(body['jobId'])).toMatchObject({ rows: 11, accepted: 3, refused: 8 });
  });

  it('given lines of JSON, then as a CSV', async () => {
    const lines = ['{"deviceKey":"j-1","tags":{"room":"hall"}}', '{', '{"deviceKey":"j-1"}'];
    const { body } = await send(registry, lines.join('\n'), { type: 'application/x-ndjson' });
    expect((await rowsOf(registry, body['jobId'])).map(told)).toEqual([
      '1 accepted',
      '2 invalid-field: the line is not JSON',
      '3 device-key-taken: deviceKey: row 1 of this file has the key',
    ]);
  });

  it('given the first of two equal rows stands in an earlier chunk, then it is named all the same', async () => {
    const keys = Array.from({ length: 1_500 }, (_, at) => `far-${at}`);
    const file = `deviceKey\n${[...keys, 'far-7', 'far-1200'].join('\n')}\n`;
    for (const query of ['?productKey=pk&dryRun=true', '?productKey=pk']) {
      const { body } = await send(registry, file, { query });
      expect((await rowsOf(registry, body['jobId'], '?state=refused')).map(told)).toEqual([
        '1501 device-key-taken: deviceKey: row 8 of this file has the key',
        '1502 device-key-taken: deviceKey: row 1201 of this file has the key',
      ]);
    }
  });

  it('given a dry run, then the same rows, and nothing is registered', async () => {
    const file = 'deviceKey\ndry-1\ntaken\ndry-1\n';
    const dry = await send(registry, file, { query: '?productKey=pk&dryRun=true' });
    expect(dry.status).toBe(202);
    const rows = (await rowsOf(registry, dry.body['jobId'])).map(told);
    const found = await registry.call('GET', '/api/v1/devices?deviceKey=dry-1');
    expect(found.body['data']).toEqual([]);
    const real = await send(registry, file);
    expect((await rowsOf(registry, real.body['jobId'])).map(told)).toEqual(rows);
    expect(rows).toHaveLength(3);
  });

  it('given rows in pages, of one state, then each row once and in order', async () => {
    const keys = Array.from({ length: 1_100 }, (_, at) => (at % 100 === 99 ? 'é' : `page-${at}`));
    const { body } = await send(registry, `deviceKey\n${keys.join('\n')}\n`);
    for (const [state, expected] of [
      ['', keys.map((_, at) => at + 1)],
      ['&state=refused', keys.flatMap((key, at) => (key === 'é' ? [at + 1] : []))],
    ] as const) {
      const seen: number[] = [];
      for (let cursor: unknown = ''; cursor !== null;) {
        const from = cursor === '' ? '' : `&cursor=${String(cursor)}`;
        const path = `/api/v1/jobs/${String(body['jobId'])}/rows?limit=300${state}${from}`;
        const page = await registry.call('GET', path);
        seen.push(...(page.body['data'] as Row[]).map(({ row }) => row));
        cursor = page.body['nextCursor'];
      }
      expect(seen).toEqual(expected);
    }
    const bad = await registry.call('GET', `/api/v1/jobs/${String(body['jobId'])}/rows?cursor=x`);
    expect(bad).toMatchObject({ status: 400, body: { code: 'invalid-field' } });
  });

  it.each([
    ['an unknown column', 'colour\n', /^colour: unknown column/],
    ['a doubled column', 'name,name\n', /^name: this column stands in the header twice/],
    ['no product key', 'deviceKey\nx\n', /^productKey: neither/],
    ['an empty body', '', /^the body is empty/],
  ])('given %s, then 400 and no job', async (_, file, detail) => {
    const sent = await send(registry, file, { query: '' });
    expect(sent).toMatchObject({ status: 400, body: { code: 'invalid-field' } });
    expect(sent.body['detail']).toMatch(detail);
  });

  it('given a bad header of a file that goes on, then the answer comes before its end', async () => {
    const { made, answer } = openUpload(registry, '');
    made.write('colour\n');
    expect(await answer()).toMatchObject({ status: 400, body: { code: 'invalid-field' } });
    made.destroy();
  });

  it('given an upload that breaks off, then its job has failed, and the same call goes on', async () => {
    const key = { 'idempotency-key': `torn-${kind}` };
    const { made } = openUpload(registry, '?productKey=pk', key);
    const keys = Array.from({ length: 1_500 }, (_, at) => `torn-${at}`);
    const file = `deviceKey\n${keys.join('\n')}\n`;
    made.write(file.slice(0, file.indexOf('torn-1400')));
    await vi.waitFor(
      async () => {
        const found = await registry.call('GET', '/api/v1/devices?deviceKey=torn-900');
        expect(found.body['data']).toHaveLength(1);
      },
      { timeout: 10_000, interval: 20 },
    );
    made.destroy();
    const sent = await send(registry, file, { key: `torn-${kind}` });
    expect(sent.status).toBe(202);
    const job = { state: 'done', rows: 1_500, accepted: 1_500 };
    expect(await jobOf(sent.body['jobId'])).toMatchObject(job);
    expect(await send(registry, file, { key: `torn-${kind}` })).toEqual(sent);
    const other = await send(registry, 'deviceKey\nx\n', { key: `torn-${kind}` });
    expect(other).toMatchObject({ status: 409, body: { code: 'idempotency-mismatch' } });
    const device = await registry.call('POST', '/api/v1/devices', {
      ...{ body: { productKey: 'pk' }, headers: key },
    });
    expect(device).toMatchObject({ status: 409, body: { code: 'idempotency-mismatch' } });
  });

  it('given an upload without a key that breaks off, then its job has failed and its rows stay', async () => {
    const { made } = openUpload(registry, '?productKey=pk');
    made.write('deviceKey\nbroken-1\nbroken-2\nbrok');
    await once(made, 'socket');
    await new Promise((resolve) => made.write('', resolve));
    made.destroy();
    await vi.waitFor(
      async () => {
        const found = await registry.call('GET', '/api/v1/devices?deviceKey=broken-2');
        expect(found.body['data']).toHaveLength(1);
      },
      { timeout: 10_000, interval: 20 },
    );
  });

  it('given allocated secrets, then they are given out once, and a download that broke off may be repeated', async () => {
    const keys = Array.from({ length: 2_500 }, (_, at) => `s-${at}`);
    const file = `deviceKey,deviceSecret\n${keys.join(',\n')},\ns-given,secret-1\ns-7,\n`;
    const { jobId } = (await send(registry, file)).body;
    await breakOff(`${registry.url}/api/v1/jobs/${String(jobId)}/secrets`);
    // What is on its way when the client goes is known to be lost a moment later.
    const whole = await vi.waitFor(
      async () => {
        const again = await secretsOf(jobId);
        expect(again.status).toBe(200);
        return again;
      },
      { timeout: 5_000, interval: 20 },
    );
    expect(whole.headers.get('content-type')).toMatch(/^text\/csv/);
    const [header, ...lines] = (await whole.text()).trimEnd().split('\n');
    expect(header).toBe('deviceKey,deviceId,deviceSecret');
    expect(lines.map((line) => line.split(',')[0])).toEqual(keys);
    const [, deviceId, deviceSecret] = (lines[0] ?? '').split(',');
    const shown = await registry.call('GET', `/api/v1/devices/${deviceId}/secret`);
    expect(shown.body).toMatchObject({ secrets: [{ secretVersion: 1, secret: deviceSecret }] });
    expect(await (await secretsOf(jobId)).json()).toMatchObject({ code: 'job-unknown' });
  });

  it('given two downloads at once, then one alone is whole', async () => {
    const keys = Array.from({ length: 1_500 }, (_, at) => `t-${at}`);
    const { jobId } = (await send(registry, `deviceKey\n${keys.join('\n')}\n`)).body;
    const both = await Promise.allSettled(
      [1, 2].map(async () => {
        const response = await secretsOf(jobId);
        return response.status === 200 ? (await response.text()).split('\n').length : 0;
      }),
    );
    const whole = both.filter((one) => one.status === 'fulfilled' && one.value === 1_502);
    expect(whole).toHaveLength(1);
  });

  it('given an undo, then what it registered is gone, and the answer is the job', async () => {
    const { jobId } = (await send(registry, 'deviceKey,deviceId\nun-1,un-id\nun-2,\n')).body;
    const undone = await registry.call('POST', `/api/v1/jobs/${String(jobId)}/undo`);
    expect(undone).toMatchObject({ status: 200, body: { jobId, state: 'undone', accepted: 2 } });
    const rows = await rowsOf(registry, jobId, '?state=undone');
    expect(rows.map(({ deviceKey }) => deviceKey)).toEqual(['un-1', 'un-2']);
    const device = await registry.call('GET', `/api/v1/devices/un-id?after=${undone.position}`);
    expect(device.status).toBe(404);
    const again = await registry.call('POST', `/api/v1/jobs/${String(jobId)}/undo`);
    expect(again).toMatchObject({ status: 200, body: { state: 'undone' } });
  });

  it('given a product of another tenant, then it is unknown, and so are that tenant’s jobs', async () => {
    await registry.call('POST', '/api/v1/tenants', {
      body: { tenant: 'line-2', name: 'Line 2', deviceKeyScope: 'tenant' },
    });
    const headers = { 'tallystick-tenant': 'line-2' };
    for (const productKey of ['two_a', 'two_b'])
      await registry.call('POST', '/api/v1/products', {
        ...{ body: { name: 'Line', productKey }, headers },
      });
    const file = 'productKey,deviceKey\npk,x-1\ntwo_a,x-1\ntwo_b,x-1\ntwo_b,x-2\n';
    const { made, answer } = openUpload(registry, '', headers);
    made.end(file);
    const { jobId } = (await answer()).body as { jobId: string };
    const path = `/api/v1/jobs/${jobId}/rows`;
    const rows = await registry.call('GET', path, { headers });
    expect((rows.body['data'] as Row[]).map(told)).toEqual([
      '1 product-unknown: productKey: there is no product pk',
      '2 accepted',
      '3 device-key-taken: deviceKey: row 2 of this file has the key',
      '4 accepted',
    ]);
    expect((await registry.call('GET', path)).body).toMatchObject({ code: 'job-unknown' });
    const taken = await registry.call('POST', '/api/v1/devices', {
      ...{ body: { productKey: 'two_a', deviceKey: 'x-2' }, headers },
    });
    expect(taken.body).toMatchObject({ code: 'device-key-taken' });
  });

  it('given one import more than a tenant may, then it is 429 with the limit named, and others go on', async () => {
    const tenant = { tenant: 'line-3', name: 'Line 3' };
    await registry.call('POST', '/api/v1/tenants', { body: tenant });
    const open = [1, 2, 3, 4].map((at) => {
      const upload = openUpload(registry, '?productKey=pk');
      upload.made.write(`deviceKey\nslot-${at}\n`);
      return { made: upload.made, answer: upload.answer() };
    });
    const first = await Promise.race(open.map(({ answer }) => answer));
    expect(first).toMatchObject({ status: 429, body: { code: 'too-many-requests' } });
    expect(JSON.stringify(first.body)).toContain(
      'at most 4 imports at a time, and 3 of one tenant',
    );
    const other = openUpload(registry, '?productKey=none', { 'tallystick-tenant': 'line-3' });
    other.made.end('deviceKey\nslot-5\n');
    expect((await other.answer()).status).toBe(202);
    for (const { made } of open) made.end();
    const answers = await Promise.all(open.map(({ answer }) => answer));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([202, 202, 202, 429]);
    expect((await send(registry, 'deviceKey\n')).status).toBe(202);
  });
});
