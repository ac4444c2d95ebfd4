import { randomUUID } from 'node:crypto';
import { createEventBus } from '@tallystick/event-bus';
import { afterEach, beforeEach, expect, inject, it, vi } from 'vitest';
import { alibabaLogin } from '../fixtures/alibaba-wire.ts';
import { device, product } from '../fixtures/credentials.ts';
import { closeOf, GatewayWorld } from '../fixtures/gateway-world.ts';

const WAIT = { timeout: 30_000 };
const login = alibabaLogin('dn', 'secret');
let world: GatewayWorld;
beforeEach(async () => {
  const brokers = inject('kafkaBrokers').split(',');
  const topicPrefix = `gateway-${randomUUID().slice(0, 8)}.`;
  world = await GatewayWorld.open(await createEventBus({ brokers, topicPrefix, partitions: 3 }));
});
afterEach(() => world.close());

it('on a real broker: catches up, lets in, cuts on a fast record, and says so', async () => {
  await world.relay('bulk', product());
  await world.relay('bulk', device({ active: false }));
  const { service, port } = await world.start();
  await vi.waitFor(() => expect(service.ready()).toBe(true), WAIT);
  const client = await world.connect(port, login);
  const closed = closeOf(client);
  await world.relay('fast', device({ disabled: true, revision: 2, position: 9 }));
  await closed;
  await vi.waitFor(
    () =>
      expect(world.signals().map(({ type }) => type)).toEqual(['opened', 'activated', 'closed']),
    WAIT,
  );
  await vi.waitFor(
    () => expect(world.reports().at(-1)?.cuts).toEqual([{ position: 9, sessions: 1 }]),
    WAIT,
  );
  await expect(world.connect(port, login)).rejects.toMatchObject({ code: 5 });
});

it('on a real broker: a restart serves at once from its view and reads on', async () => {
  await world.relay('bulk', product());
  await world.relay('bulk', device());
  const first = await world.start();
  await vi.waitFor(() => expect(first.service.ready()).toBe(true), WAIT);
  await first.service.stop();
  const startedAt = performance.now();
  const again = await world.start({ home: first.home });
  await vi.waitFor(() => expect(again.service.ready()).toBe(true), WAIT);
  await world.connect(again.port, login);
  expect(performance.now() - startedAt).toBeLessThan(20_000);
  await world.relay('fast', device({ disabled: true, revision: 2, position: 9 }));
  await vi.waitFor(() => expect(world.reports().at(-1)?.fastPosition).toBe(9), WAIT);
});
