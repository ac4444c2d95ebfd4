import { existsSync } from 'node:fs';
import { TOPICS } from '@tallystick/contracts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { alibabaLogin } from '../fixtures/alibaba-wire.ts';
import { device, product } from '../fixtures/credentials.ts';
import { GatewayWorld } from '../fixtures/gateway-world.ts';
import { writeIncarnation } from '../lease/incarnation.ts';

const WAIT = { timeout: 10_000 };
let world: GatewayWorld;
beforeEach(async () => (world = await GatewayWorld.open()));
afterEach(() => world.close());

const login = alibabaLogin('dn', 'secret');

async function caughtUp(env: Readonly<Record<string, string>> = {}) {
  await world.relay('bulk', product());
  await world.relay('bulk', device());
  const failures: string[] = [];
  const onFailed = (error: Error): void => void failures.push(error.message);
  const started = { ...(await world.start({ env, onFailed })), failures };
  await vi.waitFor(() => expect(started.service.ready()).toBe(true), WAIT);
  return started;
}

describe('a cold gateway', () => {
  it('holds its lease and serves nobody until it has caught up', async () => {
    world.ticking = false;
    await world.relay('bulk', product());
    await world.relay('bulk', device());
    const { service, port } = await world.start();
    await vi.waitFor(() => expect(world.reports().at(-1)).toMatchObject({ ready: false }), WAIT);
    await expect(world.connect(port, login)).rejects.toMatchObject({ code: 3 });
    expect(service.ready()).toBe(false);
    world.ticking = true;
    await vi.waitFor(() => expect(service.ready()).toBe(true), WAIT);
    await world.connect(port, login);
    await vi.waitFor(() => expect(world.reports().at(-1)).toMatchObject({ ready: true }), WAIT);
  });
});

describe('a restart', () => {
  it('from a complete view lets known devices in at once, and is ready when it has caught up', async () => {
    const { service, home } = await caughtUp();
    await service.stop();
    world.ticking = false;
    const again = await world.start({ home });
    await world.connect(again.port, login);
    await expect(world.connect(again.port, alibabaLogin('nobody', 'secret'))).rejects.toMatchObject(
      { code: 3 },
    );
    expect(again.service.ready()).toBe(false);
    world.ticking = true;
    await vi.waitFor(() => expect(again.service.ready()).toBe(true), WAIT);
  });

  it('goes on reading where it stood', async () => {
    const { service, home } = await caughtUp();
    await service.stop();
    await world.relay('fast', device({ disabled: true, revision: 2, position: 30 }));
    const again = await world.start({ home });
    await vi.waitFor(() => expect(world.reports().at(-1)?.fastPosition).toBe(30), WAIT);
    await expect(world.connect(again.port, login)).rejects.toMatchObject({ code: 5 });
  });

  it('while the bus is away it admits known devices from its view, gives others the retryable refusal, and joins when it is back', async () => {
    const { service, home } = await caughtUp();
    await service.stop();
    world.switched.away = true;
    world.switched.forget();
    const again = await world.start({ home });
    await world.connect(again.port, login);
    await expect(world.connect(again.port, alibabaLogin('nobody', 'secret'))).rejects.toMatchObject(
      { code: 3 },
    );
    expect(again.service.checks()).toMatchObject({ gateway: 'the view is catching up' });
    world.switched.away = false;
    await vi.waitFor(() => expect(again.service.ready()).toBe(true), WAIT);
    await vi.waitFor(() => expect(world.signals().at(-1)).toMatchObject({ type: 'opened' }), WAIT);
    expect(again.service.checks()).toMatchObject({ gateway: 'ok', lease: 'ok' });
  });

  it('while the bus is away is not possible without a view that was whole', async () => {
    world.switched.away = true;
    await expect(world.start()).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('while the bus is away ends cleanly', async () => {
    const { service, home } = await caughtUp();
    await service.stop();
    world.switched.away = true;
    const again = await world.start({ home });
    await again.service.stop();
  });

  it('under another id asks for the lease of that one', async () => {
    const { service, home } = await caughtUp();
    await service.stop();
    const env = { TALLYSTICK_GATEWAY_ID: 'gw-b' };
    const again = await world.start({ home, env });
    await vi.waitFor(() => expect(again.service.ready()).toBe(true), WAIT);
  });
});

/** Keeps back what the log says of leases. */
function silentLeases(): { readonly groups: string[]; readonly speak: () => void } {
  const { bus } = world.switched;
  const { promise, resolve } = Promise.withResolvers<void>();
  const { subscribe } = bus;
  const groups: string[] = [];
  bus.subscribe = (options) => {
    groups.push(options.group);
    const { onBatch } = options;
    if (!options.group.includes('-lease-')) return subscribe.call(bus, options);
    return subscribe.call(bus, {
      ...options,
      onBatch: (batch) => promise.then(() => onBatch(batch)),
    });
  };
  return { groups, speak: resolve };
}

describe('while the lease is asked for', () => {
  const reading = ['fast', 'bulk', 'commands'];

  it('a gateway reads already, and neither says nor serves anything until the answer is there', async () => {
    await world.relay('bulk', product());
    await world.relay('bulk', device());
    const { groups, speak } = silentLeases();
    const home = world.home();
    const starting = world.start({ home });
    const joined = (): readonly string[] =>
      reading.filter((name) => groups.some((group) => group.endsWith(`-${name}`)));
    await vi.waitFor(() => expect(joined()).toEqual(reading), WAIT);
    await world.tick();
    expect(world.reports()).toEqual([]);
    expect(existsSync(home.file('gateway-incarnation.json'))).toBe(false);
    speak();
    const { service, port } = await starting;
    await vi.waitFor(() => expect(service.ready()).toBe(true), WAIT);
    await world.connect(port, login);
  });

  it('a twin that is refused has said nothing, and leaves nothing open', async () => {
    const first = await caughtUp();
    const { incarnation } = world.reports().at(-1) ?? {};
    const home = world.home();
    await expect(world.start({ home })).rejects.toMatchObject({ code: 'misconfigured' });
    expect(world.reports().every((report) => report.incarnation === incarnation)).toBe(true);
    expect(existsSync(home.file('gateway-incarnation.json'))).toBe(false);
    expect(first.service.ready()).toBe(true);
    await first.service.stop();
    const again = await world.start({ home });
    await vi.waitFor(() => expect(again.service.ready()).toBe(true), WAIT);
  });
});

describe('a gateway id', () => {
  it('under a live lease is refused to a second gateway', async () => {
    await caughtUp();
    await expect(world.start()).rejects.toMatchObject({ code: 'misconfigured' });
  });

  it('that was given back is free at once', async () => {
    const { service } = await caughtUp();
    await service.stop();
    await vi.waitFor(() => expect(world.reports().at(-1)).toMatchObject({ released: true }), WAIT);
    const other = await world.start();
    await vi.waitFor(() => expect(other.service.ready()).toBe(true), WAIT);
  });

  it('that another took while the lease was missed is left to that one', async () => {
    const { service, port, failures } = await caughtUp({ TALLYSTICK_LEASE_MS: '2000' });
    world.switched.away = true;
    await vi.waitFor(() => expect(service.checks()).not.toMatchObject({ lease: 'ok' }), WAIT);
    world.switched.away = false;
    const heir = { ...world.reports().at(-1), incarnation: 'ffffffff' };
    await vi.waitFor(async () => {
      await world.say(TOPICS.gateways, heir, 'gw-a');
      expect(service.checks()['gateway']).toContain('has taken the id gw-a');
    }, WAIT);
    expect(service.ready()).toBe(false);
    expect(failures).toEqual([expect.stringContaining('has taken the id gw-a')]);
    await expect(world.connect(port, login)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it("of this HOME's dead predecessor is taken over at once", async () => {
    await caughtUp();
    const home = world.home();
    writeIncarnation(home, 'gw-a', world.reports().at(-1)?.incarnation ?? '');
    const heir = await world.start({ home });
    await vi.waitFor(() => expect(heir.service.ready()).toBe(true), WAIT);
    expect(heir.service.checks()).toMatchObject({ gateway: 'ok', lease: 'ok' });
  });
});

describe('a clean stop', () => {
  it('closes its sessions, says so, and gives the lease back as the last word', async () => {
    const { service, port } = await caughtUp();
    await world.connect(port, login);
    await vi.waitFor(() => expect(world.signals()).toHaveLength(1), WAIT);
    await service.stop();
    await vi.waitFor(() => expect(world.reports().at(-1)).toMatchObject({ released: true }), WAIT);
    expect(world.signals().at(-1)).toMatchObject({ type: 'closed', reason: 'gateway-closing' });
    const topics = world.records.map(({ topic }) => topic);
    expect(topics.lastIndexOf(TOPICS.sessions)).toBeLessThan(topics.lastIndexOf(TOPICS.gateways));
  });
});
