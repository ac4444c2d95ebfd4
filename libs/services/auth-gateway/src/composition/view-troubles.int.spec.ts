import { statSync, truncateSync } from 'node:fs';
import { PortError } from '@tallystick/kernel';
import type { ViewStore } from '@tallystick/ports';
import { createLmdbViewStore } from '@tallystick/projections';
import { createInMemoryViewStore } from '@tallystick/test-kit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { alibabaLogin } from '../fixtures/alibaba-wire.ts';
import { device, product } from '../fixtures/credentials.ts';
import { closeOf, GatewayWorld } from '../fixtures/gateway-world.ts';

const WAIT = { timeout: 10_000 };
let world: GatewayWorld;
beforeEach(async () => (world = await GatewayWorld.open()));
afterEach(() => world.close());

const login = alibabaLogin('dn', 'secret');

async function caughtUp(openView?: () => Promise<ViewStore>) {
  await world.relay('bulk', product());
  await world.relay('bulk', device());
  const started = await world.start(openView === undefined ? {} : { openView });
  await vi.waitFor(() => expect(started.service.ready()).toBe(true), WAIT);
  return started;
}

describe('a gateway whose disk is full', () => {
  it('is not ready and reports no revocation as applied; with room again it cuts', async () => {
    const inner = createInMemoryViewStore();
    const disk = { full: false };
    const apply: ViewStore['apply'] = async (writes, marks) => {
      if (disk.full) throw new PortError('unavailable', 'no space left on device');
      await inner.apply(writes, marks);
    };
    const { service, port } = await caughtUp(() => Promise.resolve({ ...inner, apply }));
    const client = await world.connect(port, login);
    const closed = closeOf(client);
    disk.full = true;
    await world.relay('fast', device({ disabled: true, revision: 2, position: 30 }));
    await vi.waitFor(() => expect(service.ready()).toBe(false), WAIT);
    expect(service.checks()['gateway']).toBe('the view cannot be written: no space left on device');
    const heard = world.reports().length;
    await vi.waitFor(() => expect(world.reports().length).toBeGreaterThan(heard + 1), WAIT);
    expect(world.reports().at(-1)).toMatchObject({ ready: false });
    expect(world.reports().every(({ fastPosition }) => fastPosition < 30)).toBe(true);
    expect(client.connected).toBe(true);
    disk.full = false;
    await closed;
    await vi.waitFor(() => expect(world.reports().at(-1)?.fastPosition).toBe(30), WAIT);
    expect(service.checks()['gateway']).toBe('ok');
  });
});

describe('a gateway whose view was cut short', () => {
  it('sets the file aside, says so, reads anew and is ready', async () => {
    const { service, home } = await caughtUp();
    await service.stop();
    const path = home.file('gateway-view.mdb');
    truncateSync(path, statSync(path).size - 4_096);
    world.ticking = false;
    const again = await world.start({ home });
    expect(again.service.checks()['gateway']).toBe(
      'the view is catching up: its file could not be read and stands in gateway-view.mdb.set-aside',
    );
    world.ticking = true;
    await vi.waitFor(() => expect(again.service.ready()).toBe(true), WAIT);
    await world.connect(again.port, login);
  });
});

describe('a gateway whose view is of another store', () => {
  it('given a new bus under the same HOME, then it sets the view aside and admits no device of the old bus', async () => {
    const { service, home } = await caughtUp();
    await service.stop();
    const other = await GatewayWorld.open();
    try {
      other.ticking = false;
      const again = await other.start({ home });
      expect(again.service.checks()['gateway']).toMatch(
        /^the view is catching up: it was read from another bus \(/,
      );
      await expect(other.connect(again.port, login)).rejects.toThrow();
      other.ticking = true;
      await vi.waitFor(() => expect(again.service.checks()['gateway']).toBe('ok'), WAIT);
      await expect(other.connect(again.port, login)).rejects.toThrow();
    } finally {
      await other.close();
    }
  });

  it('given another store on the same bus while it runs, then it reads its view again and cuts devices that the store does not know', async () => {
    world.of = { storeId: 'one', incarnation: 1 };
    const { service, port } = await caughtUp();
    const client = await world.connect(port, login);
    const closed = closeOf(client);
    const gone = { kind: 'gone', tenant: 'default', productKey: 'pk', deviceKey: 'dn' } as const;
    world.of = { storeId: 'two', incarnation: 2 };
    await world.relay('bulk', {
      ...{ ...gone, deviceId: 'dv_dn', generation: 1, revision: 1, position: 1, keyEpoch: 1 },
      incarnation: 2,
    });
    await closed;
    await vi.waitFor(() => expect(service.checks()['gateway']).toBe('ok'), WAIT);
    const told = await vi.waitFor(() => {
      const found = world.signals().find(({ type }) => type === 'closed');
      expect(found).toBeDefined();
      return found;
    }, WAIT);
    expect(told).toMatchObject({ reason: 'deleted' });
  });
});

describe('a gateway whose view an earlier release wrote', () => {
  it('reads it anew, for it lacks rows, and says so', async () => {
    const { service, home } = await caughtUp();
    await service.stop();
    const path = home.file('gateway-view.mdb');
    const store = await createLmdbViewStore({
      path,
      mapSizeBytes: 2 ** 30,
      onSetAside: () => undefined,
    });
    await store.apply([], { layout: 1 });
    await store.close();
    world.ticking = false;
    const again = await world.start({ home });
    expect(again.service.checks()['gateway']).toBe(
      'the view is catching up: an earlier release wrote it',
    );
    world.ticking = true;
    await vi.waitFor(() => expect(again.service.ready()).toBe(true), WAIT);
    await world.connect(again.port, login);
  });
});
