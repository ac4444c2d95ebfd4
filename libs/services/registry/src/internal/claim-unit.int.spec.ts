import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createDistributionSealer,
  createIdentityHandlers,
  createSecretVault,
  parseGatewayKeys,
  parseKeyRing,
} from '@tallystick/application';
import type { ClaimRequest } from '@tallystick/contracts';
import { createEventStore, type OpenedEventStore } from '@tallystick/event-store';
import { PortError } from '@tallystick/kernel';
import type { EventStore } from '@tallystick/ports';
import { newGatewayKeys, newKeyRing, systemClock } from '@tallystick/services-edge';
import { createSeededIds } from '@tallystick/test-kit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAbandonClaim } from './abandon-claim.ts';
import { createClaimUnit, deviceAskedFor } from './claim-unit.ts';
import { createUnanswered, unitsWithLogin } from './unanswered.ts';

const keyRing = parseKeyRing(newKeyRing(new Date(0)));
const gatewayKeys = parseGatewayKeys(newGatewayKeys());
const request = (claimId: string) => ({
  ...{ productKey: 'pk', deviceKey: 'k', gatewayId: 'g', dialect: 'alibaba', claimId },
});

describe('a claim that is repeated under its id', () => {
  let folder: string;
  let opened: OpenedEventStore;
  let dies: 'before' | 'after' | null;

  /** One registry process of several on the same database. */
  function registry(seed: number) {
    if (!keyRing.ok || !gatewayKeys.ok) throw new Error('no keys');
    const ids = createSeededIds(seed);
    const store: EventStore = {
      ...{ readStream: opened.store.readStream.bind(opened.store) },
      ...{ readAll: opened.store.readAll.bind(opened.store), head: () => opened.store.head() },
      ...{ waitBeyond: opened.store.waitBeyond.bind(opened.store), close: async () => undefined },
      append: async (batch) => {
        if (dies === 'before') throw new PortError('misconfigured', 'killed');
        const appended = await opened.store.append(batch);
        if (dies === 'after') throw new PortError('misconfigured', 'killed');
        return appended;
      },
    };
    const { idempotency, secrets } = opened;
    const at = { ids, clock: systemClock };
    const vault = createSecretVault({ ...at, store: secrets, keyRing: keyRing.value });
    const sealer = createDistributionSealer({ epochKey: gatewayKeys.value[0], ids });
    const handlers = createIdentityHandlers({
      ...{ ...at, store, idempotency, vault, sealer, pause: async () => undefined },
    });
    const claim = createClaimUnit({
      ...{ handlers, quota: { allows: async () => true } },
      unanswered: createUnanswered<ClaimRequest>({
        ...{ clock: systemClock, perHour: 20, idOf: ({ claimId }) => claimId },
        answered: async (asked) => unitsWithLogin(await deviceAskedFor(handlers, asked)),
      }),
    });
    const abandon = createAbandonClaim({
      ...{ clock: systemClock, idempotency, claim },
      release: async ({ productKey, deviceKey, generation, clientId, reason }) => {
        const name = { productKey, deviceKey };
        const cause = { tenant: 'default', actor: 'gateway', correlationId: 'c' };
        await handlers.units.release(name, { generation, clientId, reason }, cause);
      },
    });
    return { handlers, claim, abandon };
  }

  beforeEach(async () => {
    dies = null;
    folder = mkdtempSync(join(tmpdir(), 'tallystick-claim-'));
    opened = await createEventStore({ databaseUrl: null, file: join(folder, 'store.sqlite') });
    await registry(1).handlers.products.create(
      { productKey: 'pk', name: 'Free', dynamicActivation: true, registrationFree: true },
      { tenant: 'default', actor: 'admin', correlationId: 'c' },
    );
  });
  afterEach(async () => {
    await opened.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const count = async (type: string) =>
    (await opened.store.readStream('device/default/pk/k')).filter((event) => event.type === type)
      .length;
  const claimed = () => count('ClientIdClaimed');

  it('given another registry is asked, also at once, then the same unit and its token', async () => {
    const [first, second] = [registry(2), registry(3)];
    const answers = await Promise.all([
      ...[first.claim(request('1')), first.claim(request('1'))],
      ...[second.claim(request('1')), second.claim(request('1'))],
    ]);
    expect(answers[0]).toMatchObject({ granted: true });
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(await claimed()).toBe(1);
    expect(await second.claim(request('2'))).toMatchObject({ granted: true });
    expect(await claimed()).toBe(2);
  });

  it('given a unit that claims and hangs up again and again, then its name soon grows no more', async () => {
    const { claim, handlers } = registry(2);
    const cause = { tenant: 'default', actor: 'gateway', correlationId: 'c' };
    const answers = [];
    for (let n = 0; n < 60; n += 1) {
      const answer = await claim({ ...request(`c${n}`), address: '10.0.0.1' });
      answers.push(answer.granted ? 'granted' : answer.reason);
      if (!answer.granted) continue;
      const { generation, clientId } = answer;
      const input = { generation, clientId, reason: 'connection-lost' } as const;
      await handlers.units.release({ productKey: 'pk', deviceKey: 'k' }, input, cause);
    }
    expect(answers.slice(0, 20)).toEqual(Array(20).fill('granted'));
    expect(answers.slice(20)).toEqual(Array(40).fill('too-many-requests'));
    expect(await claimed()).toBe(20);
    const elsewhere = { ...request('elsewhere'), address: '10.0.0.2' };
    expect(await claim(elsewhere)).toMatchObject({ granted: true });
  });

  it.each(['before', 'after'] as const)(
    'given the first registry died %s its append, then one unit all the same',
    async (when) => {
      dies = when;
      await expect(registry(2).claim(request('1'))).rejects.toThrow('killed');
      dies = null;
      expect(await registry(3).claim(request('1'))).toMatchObject({ granted: true });
      expect(await claimed()).toBe(1);
    },
  );

  it('given it was abandoned before anybody made it, then it is never made', async () => {
    await registry(2).abandon(request('1'));
    await registry(2).abandon(request('1'));
    expect(await registry(3).claim(request('1'))).toEqual({
      granted: false,
      reason: 'registry-away',
    });
    expect(await claimed()).toBe(0);
  });

  it.each(['before', 'after'] as const)(
    'given it was abandoned when its registry had died %s the append, then its slot is free',
    async (when) => {
      dies = when;
      await expect(registry(2).claim(request('1'))).rejects.toThrow('killed');
      dies = null;
      await registry(3).abandon(request('1'));
      await registry(3).abandon(request('1'));
      expect([await claimed(), await count('ClientIdReleased')]).toEqual([1, 1]);
    },
  );
});
