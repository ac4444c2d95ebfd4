import { randomBytes } from 'node:crypto';
import type {} from '@tallystick/test-kit';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { specDatabase } from '@tallystick/event-store/testing';
import {
  ADMIN_TOKEN,
  gatewayReport,
  startTestRegistry,
  type TestRegistry,
} from './testing/registry.builder.ts';

const V1 = '/api/v1';
const database = specDatabase(inject('databaseUrl'), 'apart');
const until = (assert: () => Promise<void> | void): Promise<void> =>
  vi.waitFor(assert, { timeout: 30_000, interval: 20 });

describe('a registry on PostgreSQL and Kafka', () => {
  let settings: Readonly<Record<string, string>>;
  let registry: TestRegistry;
  let call: TestRegistry['call'];

  beforeAll(async () => {
    await database.create();
    settings = {
      DATABASE_URL: database.url,
      KAFKA_BROKERS: inject('kafkaBrokers'),
      TALLYSTICK_TOPIC_PREFIX: `${database.name}.`,
    };
    registry = await startTestRegistry(settings);
    ({ call } = registry);
    await until(async () => expect((await call('GET', '/readyz')).status).toBe(200));
    await call('POST', `${V1}/products`, { body: { name: 'Apart', productKey: 'apart' } });
  });
  afterAll(async () => {
    await registry.stop();
    await database.drop();
  });

  const register = async (count: number): Promise<readonly string[]> => {
    const keys = Array.from({ length: count }, () => randomBytes(8).toString('hex'));
    await Promise.all(
      keys.map((deviceKey) =>
        call('POST', `${V1}/devices`, { body: { productKey: 'apart', deviceKey } }),
      ),
    );
    return keys;
  };
  const follow = async (query: string, lastEventId = '') => {
    const stop = new AbortController();
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}`, 'last-event-id': lastEventId };
    const { signal } = stop;
    const response = await fetch(`${registry.url}${V1}/events/stream?${query}`, {
      headers,
      signal,
    });
    const seen = { text: '' };
    const reading = (async () => {
      for await (const part of response.body ?? []) seen.text += Buffer.from(part).toString();
    })().catch(() => undefined);
    const keys = () => [...seen.text.matchAll(/"deviceKey":"(\w+)"/g)].map((match) => match[1]);
    const end = async (): Promise<string> => {
      stop.abort();
      await reading;
      return [...seen.text.matchAll(/^id: (.+)$/gm)].at(-1)?.[1] ?? '';
    };
    return { keys, end };
  };

  it('given a reader that leaves and returns with its last id, then it gets each event of each partition exactly once', async () => {
    const first = await register(20);
    const before = await follow('from=earliest');
    await until(() => expect(before.keys().toSorted()).toEqual(first.toSorted()));
    const id = await before.end();
    const second = await register(20);
    const after = await follow('from=earliest', id);
    const third = await register(5);
    await until(() => expect(after.keys().toSorted()).toEqual([...second, ...third].toSorted()));
    await after.end();
  });

  it('given cursors, tags and ids that PostgreSQL cannot keep, then it is not asked for them', async () => {
    for (const place of ['[1.5,"a"]', '[1e300,"a"]', String.raw`[1,"a\u0000"]`]) {
      const cursor = Buffer.from(place).toString('base64url');
      for (const list of ['devices', 'products'])
        expect((await call('GET', `${V1}/${list}?cursor=${cursor}`)).status).toBe(400);
    }
    expect((await call('GET', `${V1}/devices?tag.a=%00`)).status).toBe(400);
    expect((await call('DELETE', `${V1}/sessions/%00`)).status).toBe(404);
  });

  it('given a device that was just registered, then each read of it finds it', async () => {
    const wrong: unknown[] = [];
    for (let n = 0; n < 40; n += 1) {
      const body = { productKey: 'apart', deviceKey: randomBytes(8).toString('hex') };
      const created = await call('POST', `${V1}/devices`, { body });
      const path = `${V1}/devices/${String(created.body['deviceId'])}`;
      const reads = ['', '/units', '/timeline', '/explain', '/sessions'].map(async (what) => {
        const { status } = await call('GET', `${path}${what}`);
        if (status !== 200) wrong.push({ n, what, status });
      });
      await Promise.all(reads);
    }
    expect(wrong).toEqual([]);
    expect((await call('GET', `${V1}/devices/none`)).status).toBe(404);
  });

  it('given an operator retires a gateway, then it is retired for every registry, also for one that starts later', async () => {
    const gatewaysOf = async (of: TestRegistry) => {
      const { body } = await of.call('GET', `${V1}/gateways`);
      return (body['data'] as { gatewayId: string }[]).map(({ gatewayId }) => gatewayId);
    };
    const retire = (gatewayId: string) => call('DELETE', `${V1}/gateways/${gatewayId}`);
    await registry.report(gatewayReport({ gatewayId: 'gone', leaseMs: 1 }));
    await registry.report(gatewayReport({ gatewayId: 'held', leaseMs: 600_000 }));
    await until(async () => expect(await gatewaysOf(registry)).toEqual(['gone', 'held']));
    expect(await retire('held')).toMatchObject({ status: 409, body: { code: 'gateway-alive' } });
    expect(await retire('never')).toMatchObject({ status: 404, body: { code: 'gateway-unknown' } });
    expect((await retire('gone')).status).toBe(204);
    expect(await gatewaysOf(registry)).toEqual(['held']);
    expect(await retire('gone')).toMatchObject({ status: 404, body: { code: 'gateway-unknown' } });
    const audit = await call('GET', `${V1}/audit?limit=1000`);
    const rows = audit.body['data'] as { action: string; subject: string }[];
    const retired = rows.filter(({ action }) => action === 'retireGateway');
    expect(retired.map(({ subject }) => subject)).toEqual(['gone']);
    const later = await startTestRegistry(settings);
    await until(async () => expect(await gatewaysOf(later)).toEqual(['held']));
    await later.stop();
  });
});
