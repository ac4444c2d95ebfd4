import { Readable } from 'node:stream';
import { rounds } from '@tallystick/test-kit';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { until } from '../stack/processes.ts';
import { applied, rows, type Api, type Reply } from './harness/api.ts';
import type { AppProcess } from './harness/app-process.ts';
import { givenAllInOne, givenPlatform } from './harness/given.ts';
import { eventName, readTopic } from './harness/kafka-reader.ts';
import { alibabaLogin, connectDevice } from './harness/mqtt-device.ts';

const ROWS = rounds(40_000);
const KEY = 'the-delivery-of-november';
const SECRET = 'printed-on-the-label';
const PIECE = 500;

const nameOf = (row: number): string => `meter-${String(row).padStart(7, '0')}`;

/** The whole file, piece by piece, as fast as it is read; `onPiece` is told how far it has come. */
function* csv(onPiece: (row: number) => void): Generator<string> {
  yield 'productKey,deviceKey,deviceSecret,tags.batch\n';
  for (let row = 0; row < ROWS; row += PIECE) {
    onPiece(row);
    const lines = Array.from({ length: Math.min(PIECE, ROWS - row) }, (_, at) => row + at);
    yield lines.map((one) => `imported,${nameOf(one)},${one === 0 ? SECRET : ''},7\n`).join('');
  }
}

async function upload(
  app: AppProcess,
  token: string,
  onPiece: (row: number) => void = () => undefined,
): Promise<{ readonly status: number; readonly jobId: string; readonly position: number }> {
  const response = await fetch(`${app.url}/api/v1/devices/import`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'text/csv',
      'idempotency-key': KEY,
    },
    body: Readable.toWeb(Readable.from(csv(onPiece))),
    duplex: 'half',
  });
  const { jobId } = (await response.json()) as { jobId: string };
  const position = Number(response.headers.get('tallystick-position') ?? 0);
  return { status: response.status, jobId, position };
}

/** Uploads, and kills the registry when about half of the file has been taken. */
async function uploadUntilKilled(app: AppProcess, token: string): Promise<void> {
  let killed: Promise<void> | undefined;
  const cut = upload(app, token, (row) => {
    if (row >= ROWS / 2) killed ??= app.kill();
  });
  await expect(cut).rejects.toThrow();
  await killed;
}

async function rowsOf(api: Api, jobId: string): Promise<readonly Record<string, unknown>[]> {
  const all: Record<string, unknown>[] = [];
  for (let cursor: unknown = ''; cursor !== null;) {
    const query = `limit=1000${cursor ? `&cursor=${String(cursor)}` : ''}`;
    const page: Reply = await api('GET', `/jobs/${jobId}/rows?${query}`);
    all.push(...rows(page));
    cursor = page.body['nextCursor'] ?? null;
  }
  return all;
}

/** Every row of the file is one device, registered once. */
async function expectAllOnce(api: Api, jobId: string, position: number): Promise<void> {
  const { body: job } = await api('GET', `/jobs/${jobId}`);
  expect(job).toMatchObject({ state: 'done', rows: ROWS, accepted: ROWS, refused: 0 });
  const taken = await rowsOf(api, jobId);
  expect(taken.map(({ deviceKey }) => deviceKey)).toEqual(
    Array.from({ length: ROWS }, (_, row) => nameOf(row)),
  );
  expect(new Set(taken.map(({ deviceId }) => deviceId)).size).toBe(ROWS);
  await until('the view has all of it', 60_000, async () => {
    const { status, body } = await api('GET', `/stats?after=${position}`);
    if (status === 200) expect(body).toMatchObject({ devices: { inactive: ROWS, disabled: 0 } });
    return status === 200;
  });
}

describe('kill -9 amid an import, on the embedded parts', { tags: ['long'] }, () => {
  const given = givenAllInOne();
  beforeAll(async () => {
    await given.api('POST', '/products', { productKey: 'imported', name: 'Imported' });
  });

  it('given the same call after the restart, then it ends the job and every row is there once', async () => {
    const token = given.app.file('admin-token');
    await uploadUntilKilled(given.app, token);
    await given.app.restart();
    const { status, jobId, position } = await upload(given.app, token);
    expect(status).toBe(202);
    await expectAllOnce(given.api, jobId, position);
    const again = await upload(given.app, token);
    expect(again).toEqual({ status: 202, jobId, position });
    expect(await applied(given.api, position)).toMatchObject({ total: 1, applied: 1 });
  });
});

describe('kill -9 amid an import, with two registries', { tags: ['long'] }, () => {
  const platform = givenPlatform({ registries: 2, gateways: 2 });
  const token = 'admin-token-of-the-journeys';
  beforeAll(async () => {
    await platform.api('POST', '/products', { productKey: 'imported', name: 'Imported' });
  });

  it('given the same call at the other registry, then it ends the job, and the receipt reaches every gateway', async () => {
    const [first, second] = platform.registries;
    if (first === undefined || second === undefined) throw new Error('there are no registries');
    await uploadUntilKilled(first, token);
    const { status, jobId, position } = await upload(second, token);
    expect(status).toBe(202);
    const api = platform.apiOf(second);
    await expectAllOnce(api, jobId, position);
    await first.restart();
    await expectAllOnce(platform.apiOf(first), jobId, position);
    expect(await applied(api, position)).toMatchObject({ total: 2, applied: 2 });
    for (const gateway of [0, 1]) {
      const login = alibabaLogin('imported', nameOf(0), SECRET);
      const device = await connectDevice(platform.mqtt(gateway), login);
      expect(device.code).toBe(0);
    }
    const reader = await readTopic(inject('kafkaBrokers'), platform.topic('identity.events.v1'));
    const registered = () =>
      reader.records.filter((record) => eventName(record) === 'DeviceRegistered');
    const finished = () => reader.records.some((record) => eventName(record) === 'ImportFinished');
    await reader.until('every event is told', () => finished() && registered().length >= ROWS);
    await reader.stop();
    expect(new Set(registered().map(({ key }) => key)).size).toBe(ROWS);
    expect(registered()).toHaveLength(ROWS);
    const causes = registered().map(({ headers }) => headers['ce_causationid']);
    expect(new Set(causes)).toEqual(new Set([jobId]));
  });
});
