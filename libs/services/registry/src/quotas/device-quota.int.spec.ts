import { randomUUID } from 'node:crypto';
import type {} from '@tallystick/test-kit';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createDistributionSealer,
  createIdentityHandlers,
  createSecretVault,
  parseGatewayKeys,
  parseKeyRing,
  type DeviceQuota,
} from '@tallystick/application';
import { createEventStore, type OpenedEventStore } from '@tallystick/event-store';
import { specDatabase } from '@tallystick/event-store/testing';
import { pause } from '@tallystick/ports';
import { createViewRunner, identityViews, type ViewRunner } from '@tallystick/projections';
import { newGatewayKeys, newKeyRing, systemClock, systemIds } from '@tallystick/services-edge';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { createDeviceQuota } from './device-quota.ts';
import { createPlacesLedger } from './places-ledger.ts';

const LIMIT = 12;
const keyRing = parseKeyRing(newKeyRing(new Date(0)));
const gatewayKeys = parseGatewayKeys(newGatewayKeys());
const context = { tenant: 'default', actor: 'admin', correlationId: 'c' };
const at = { ids: systemIds, clock: systemClock };

describe.each(['sqlite', 'postgres'] as const)(
  'registries on one %s under one quota',
  (dialect) => {
    const database = specDatabase(inject('databaseUrl'), 'places');
    let folder: string;
    let opened: OpenedEventStore;
    let runner: ViewRunner;
    let viewIsAway: boolean;

    beforeEach(async () => {
      viewIsAway = false;
      folder = mkdtempSync(join(tmpdir(), 'tallystick-places-'));
      if (dialect === 'postgres') await database.create();
      const databaseUrl = dialect === 'postgres' ? database.url : null;
      opened = await createEventStore({ databaseUrl, file: join(folder, 'store.sqlite') });
      const { store, db, log } = opened;
      const ids = { uuid: () => randomUUID() };
      runner = await createViewRunner({ store, db, log, ids, views: identityViews });
      const product = { productKey: 'pk', name: 'Meters' };
      await registry().handlers.products.create(product, context);
    });
    afterEach(async () => {
      await runner.stop();
      await opened.close();
      if (dialect === 'postgres') await database.drop();
      rmSync(folder, { recursive: true, force: true });
    });

    function createQuota(limit = LIMIT): DeviceQuota {
      const quota = createDeviceQuota({
        ...at,
        ledger: createPlacesLedger(opened.db),
        catchUp: async (withinMs) =>
          !viewIsAway && runner.waitFor(await opened.store.head(), withinMs),
        limits: { devicesPerTenant: 0, devicesPerProduct: limit },
      });
      if (quota === null) throw new Error('there is no limit');
      return quota;
    }

    /** One registry process of several: it knows of the others by the database alone. */
    function registry(quota = createQuota()) {
      if (!keyRing.ok || !gatewayKeys.ok) throw new Error('no keys');
      const { store, secrets, idempotency } = opened;
      const vault = createSecretVault({ ...at, store: secrets, keyRing: keyRing.value });
      const sealer = createDistributionSealer({ epochKey: gatewayKeys.value[0], ids: systemIds });
      const handlers = createIdentityHandlers({
        ...{ ...at, store, idempotency, vault, sealer, quota },
        pause: (ms) => pause(ms),
      });
      const register = async (deviceKey: string): Promise<boolean> => {
        const input = { productKey: 'pk', deviceKey, origin: 'api' } as const;
        const answer = await handlers.devices.register(input, context);
        if (!answer.ok) expect(answer.error.code).toBe('quota-exceeded');
        return answer.ok;
      };
      const remove = (deviceKey: string) =>
        handlers.devices.remove({ productKey: 'pk', deviceKey }, context);
      return { handlers, register, remove };
    }

    /** The keys that live, and how many lived at most at any moment of the log. */
    async function history() {
      const living = new Set<string>();
      let most = 0;
      const { events } = await opened.store.readAll({ after: 0, limit: 10_000 });
      for (const { stream, type } of events) {
        if (type === 'DeviceRegistered') living.add(stream.split('/').at(-1) ?? '');
        if (type === 'DeviceDeleted') living.delete(stream.split('/').at(-1) ?? '');
        most = Math.max(most, living.size);
      }
      return { living: [...living], most };
    }

    it('given they register and delete at once, then there are never more, and no place is lost', async () => {
      const registries = [registry(), registry(), registry()];
      const of = (n: number) => {
        const one = registries[n % registries.length];
        if (one === undefined) throw new Error('there is no registry');
        return one;
      };
      for (let round = 0; round < 4; round += 1) {
        const gone = (await history()).living.filter((_, n) => n % 3 === 0);
        await Promise.all([
          ...gone.map((key, n) => of(n).remove(key)),
          ...Array.from({ length: 18 }, (_, n) => of(n).register(`k${round}-${n}`)),
        ]);
      }
      await Promise.all(Array.from({ length: LIMIT }, (_, n) => of(n).register(`last-${n}`)));
      expect(await history()).toMatchObject({ most: LIMIT });
      expect((await history()).living).toHaveLength(LIMIT);
    });

    it('given one dies with places in its hands, then they are free again when its lease is over', async () => {
      const dead = createQuota();
      expect((await dead.grant('default', 'pk', 5)).granted).toBe(5);
      const { register } = registry();
      for (let n = 0; n < LIMIT - 5; n += 1) expect(await register(`k${n}`)).toBe(true);
      expect(await register('none')).toBe(false);
      await opened.db.write((session) => session.run('UPDATE registry_places SET until = 1'));
      for (let n = 0; n < 5; n += 1) expect(await register(`l${n}`)).toBe(true);
      expect(await register('none')).toBe(false);
    });

    it('given the limit is far, then each has places ahead, and together they have no more than fit', async () => {
      const quotas = [createQuota(10_000), createQuota(10_000)];
      const [first, second] = await Promise.all(
        quotas.map((quota) => quota.grant('default', 'pk', 9_000)),
      );
      const granted = [first?.granted, second?.granted].toSorted((a = 0, b = 0) => a - b);
      expect(granted[1]).toBe(9_000);
      expect(granted[0]).toBeLessThanOrEqual(1_000);
    });

    it('given the view is built anew and behind what was counted, then nobody is let in or turned away', async () => {
      const { register } = registry();
      expect(await register('k')).toBe(true);
      viewIsAway = true;
      await opened.db.write((session) => session.run('UPDATE registry_quotas SET seen = 1000000'));
      const input = { productKey: 'pk', deviceKey: 'k2', origin: 'api' } as const;
      expect(await registry().handlers.devices.register(input, context)).toMatchObject({
        error: { code: 'store-unavailable' },
      });
      viewIsAway = false;
      expect(await register('k2')).toBe(true);
    });
  },
);
