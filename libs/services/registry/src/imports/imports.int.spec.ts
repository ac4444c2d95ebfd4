import type {} from '@tallystick/test-kit';
import { specDatabase } from '@tallystick/event-store/testing';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
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

describe.each(['SQLite', 'PostgreSQL'] as const)('an import on %s', (kind) => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await startTestRegistry(kind === 'SQLite' ? {} : { DATABASE_URL: database.url });
    await registry.call('POST', '/api/v1/products', { body: { name: 'Meters', productKey: 'pk' } });
  });
  afterAll(() => registry.stop());

  it('given a file of three rows, then its devices are registered and its job is done', async () => {
    const csv = 'deviceKey,name,tags.room\nm-1,Boiler,hall-7\nm-2,"Pump, north",\n,,\n';
    const sent = await send(registry, csv);
    expect(sent).toEqual({ status: 202, body: { jobId: expect.any(String) as unknown } });
    const { jobId } = sent.body;
    const job = await registry.call('GET', `/api/v1/jobs/${String(jobId)}`);
    expect(job.body).toEqual({
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
});
