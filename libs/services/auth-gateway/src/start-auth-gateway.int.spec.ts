import { TOPICS } from '@tallystick/contracts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { alibabaLogin, connwlLogin, enosLogin, type Method } from './fixtures/alibaba-wire.ts';
import { device, product, unit } from './fixtures/credentials.ts';
import { closeOf, GatewayWorld, type StartedGateway } from './fixtures/gateway-world.ts';

const WAIT = { timeout: 10_000 };
let world: GatewayWorld;
beforeEach(async () => (world = await GatewayWorld.open()));
afterEach(() => world.close());

/** A gateway that has caught up with a product and these devices. */
async function ready(
  devices: readonly ReturnType<typeof device>[] = [device({ active: false })],
): Promise<StartedGateway> {
  await world.relay('bulk', product({ registrationFree: true }));
  for (const one of devices) await world.relay('bulk', one);
  const started = await world.start();
  await vi.waitFor(() => expect(started.service.ready()).toBe(true), WAIT);
  return started;
}

const typesOf = (name: string): readonly string[] =>
  world
    .signals()
    .filter(({ session }) => session.deviceKey === name)
    .map(({ type }) => type);

describe('a device that logs in', () => {
  it.each(['hmacmd5', 'hmacsha1', 'hmacsha256'] as const)(
    'by %s is let in; opened, activated and, when it goes, closed are said once each',
    async (method: Method) => {
      const { port } = await ready();
      const client = await world.connect(port, alibabaLogin('dn', 'secret', method));
      await client.endAsync();
      await vi.waitFor(
        () => expect(typesOf('dn')).toEqual(['opened', 'activated', 'closed']),
        WAIT,
      );
      expect(world.signals()[0]?.session).toMatchObject({
        ...{ productKey: 'pk', deviceKey: 'dn', deviceId: 'dv_dn', generation: 1, unit: null },
        ...{ clientId: 'cid-dn', transport: 'tcp', dialect: 'alibaba', secretVersion: 1 },
      });
      expect(world.signals()[2]).toMatchObject({ reason: 'client' });
    },
  );

  it("as EnOS is let in on EnOS's port and on the common one", async () => {
    const { port, enosPort } = await ready();
    for (const at of [port, enosPort]) {
      const client = await world.connect(at, enosLogin('dn', 'secret'));
      await client.endAsync();
    }
    expect(world.decisions().every(({ decision }) => decision !== 'deny')).toBe(true);
  });

  it('with a wrong secret and of an unknown name gets 4, and the reason is told', async () => {
    const { port, service } = await ready();
    for (const login of [alibabaLogin('dn', 'wrong!'), alibabaLogin('nobody', 'secret')])
      await expect(world.connect(port, login)).rejects.toMatchObject({ code: 4 });
    // What is counted is told at the end of its window, or of the gateway.
    await service.stop();
    const reasons = world.decisions().map(({ reason }) => reason);
    expect(reasons).toEqual(['bad-secret', 'unknown-device']);
    expect(world.records.find(({ topic }) => topic === TOPICS.decisions)).toMatchObject({
      key: 'default/pk/dn',
      headers: {
        ce_type: 'tallystick.ConnectDenied.v1',
        ce_source: '/tallystick/auth-gateway',
        ce_subject: 'dv_dn',
      },
    });
  });

  it('is published with the position of the lane that decided: of the fast lane for a disable, of both lanes for an unknown name', async () => {
    const { port, service } = await ready();
    world.bulkHead = world.head;
    const behind = world.head;
    await world.relay('fast', device({ disabled: true, revision: 2, position: 40 }));
    await vi.waitFor(() => expect(world.reports().at(-1)?.fastPosition).toBe(40), WAIT);
    const codes = { dn: 5, nobody: 4 };
    for (const [name, code] of Object.entries(codes))
      await expect(world.connect(port, alibabaLogin(name, 'secret'))).rejects.toMatchObject({
        code,
      });
    await service.stop();
    expect(world.decisions()).toMatchObject([
      { reason: 'device-disabled', viewPosition: 40 },
      { reason: 'unknown-device', viewPosition: behind },
    ]);
  });

  it('may publish to its own topics, and its message reaches telemetry as it came', async () => {
    const { port } = await ready();
    const client = await world.connect(port, alibabaLogin('dn', 'secret'));
    await client.publishAsync('/sys/pk/dn/thing/event/property/post', '{"a":1}', { qos: 1 });
    const sent = world.records.find(({ topic }) => topic.startsWith('telemetry'));
    expect(Buffer.from(sent?.value ?? []).toString()).toBe('{"a":1}');
    expect(sent).toMatchObject({
      topic: 'telemetry.default.v1',
      key: 'default/pk/dn',
      headers: {
        topic: '/sys/pk/dn/thing/event/property/post',
        dialect: 'alibaba',
        clientid: 'cid-dn',
      },
    });
  });

  it("is closed when it publishes to another device's topic", async () => {
    const { port } = await ready();
    const client = await world.connect(port, alibabaLogin('dn', 'secret'));
    const closed = closeOf(client);
    client.publish('/sys/pk/other/thing/event/property/post', 'x', { qos: 1 });
    await closed;
    expect(world.records.some(({ topic }) => topic.startsWith('telemetry'))).toBe(false);
    await vi.waitFor(
      () =>
        expect(world.signals().at(-1)).toMatchObject({ type: 'closed', reason: 'topic-refused' }),
      WAIT,
    );
  });
});

describe('a change of the view', () => {
  it.each([
    ['disabled', { disabled: true }],
    ['secret-reset', { secrets: [] }],
    ['deleted', { generation: 2 }],
    ['reset', { dynamicOpen: true, resetAt: 1 }],
    // Reset, and activated again by another login, in what one record tells.
    ['reset', { resetAt: 1 }],
  ] as const)('cuts a live session: %s, counted under its position', async (reason, over) => {
    const { port } = await ready();
    const client = await world.connect(port, alibabaLogin('dn', 'secret'));
    const closed = closeOf(client);
    await world.relay('fast', device({ active: true, revision: 2, position: 40, ...over }));
    await closed;
    await vi.waitFor(
      () => expect(world.signals().at(-1)).toMatchObject({ type: 'closed', reason }),
      WAIT,
    );
    await vi.waitFor(
      () =>
        expect(world.reports().at(-1)).toMatchObject({
          fastPosition: 40,
          cuts: [{ position: 40, sessions: 1 }],
        }),
      WAIT,
    );
  });

  it('lets sessions of the old secret live while it overlaps with the new one, and no longer', async () => {
    const { port } = await ready([device(), device({ deviceKey: 'dn2' })]);
    const before = await world.connect(port, alibabaLogin('dn', 'secret'));
    const until = Date.now() + 1_500;
    const overlap = (over: Parameters<typeof device>[0]) => {
      const two = device({ secretsInClear: ['newer', 'secret'], revision: 2, ...over });
      const secrets = two.secrets.map((one, i) => (i === 1 ? { ...one, expiresAt: until } : one));
      return { ...two, secrets };
    };
    await world.relay('fast', overlap({ position: 40 }));
    await world.relay('fast', overlap({ position: 41, deviceKey: 'dn2' }));
    await vi.waitFor(() => expect(world.reports().at(-1)?.fastPosition).toBe(41), WAIT);
    const during = await world.connect(port, alibabaLogin('dn2', 'secret'));
    await Promise.all([closeOf(before), closeOf(during)]);
    expect(Date.now()).toBeGreaterThanOrEqual(until);
    await vi.waitFor(
      () => expect([typesOf('dn'), typesOf('dn2')].flat()).toContain('closed'),
      WAIT,
    );
  });

  it('cuts the units that a Switch forbids, and leaves the one it retains', async () => {
    const units = ['A', 'B'].map((id) => unit(id, `token-${id}`));
    const { port } = await ready([device({ secrets: [], units })]);
    const [a, b] = await Promise.all(
      units.map(({ clientId }) =>
        world.connect(port, connwlLogin('dn', clientId, `token-${clientId}`)),
      ),
    );
    if (a === undefined || b === undefined) throw new Error('two clients are needed');
    const closed = closeOf(b);
    const after = [unit('A', 'token-A'), unit('B', 'token-B', 'forbidden')];
    await world.relay(
      'fast',
      device({ secrets: [], units: after, open: false, revision: 2, position: 50 }),
    );
    await closed;
    expect(a.connected).toBe(true);
    const again = world.connect(port, connwlLogin('dn', 'B', 'token-B'));
    await expect(again).rejects.toMatchObject({ code: 5 });
  });

  it('that deletes a product cuts all its devices', async () => {
    const { port } = await ready([device(), device({ deviceKey: 'dn2' })]);
    const clients = await Promise.all(
      ['dn', 'dn2'].map((name) => world.connect(port, alibabaLogin(name, 'secret'))),
    );
    const closed = clients.map((client) => closeOf(client));
    const { tenant, productKey, keyEpoch } = product();
    await world.relay('fast', {
      ...{ kind: 'gone', tenant, productKey, keyEpoch, deviceKey: null, deviceId: null },
      ...{ generation: 0, revision: 2, position: 60 },
    });
    await Promise.all(closed);
    await vi.waitFor(
      () => expect(world.reports().at(-1)?.cuts).toEqual([{ position: 60, sessions: 2 }]),
      WAIT,
    );
  });
});

describe('commands', () => {
  it('a kick ends the session it names and no other', async () => {
    const { port } = await ready([device(), device({ deviceKey: 'dn2' })]);
    const kicked = await world.connect(port, alibabaLogin('dn', 'secret'));
    const other = await world.connect(port, alibabaLogin('dn2', 'secret'));
    await vi.waitFor(() => expect(world.signals()).toHaveLength(2), WAIT);
    const { sessionId } = world.signals()[0]?.session ?? { sessionId: '' };
    const closed = closeOf(kicked);
    const kick = { kind: 'kick', sessionId, gatewayId: 'gw-a', reason: 'taken-over', at: 0 };
    await world.say(TOPICS.commands, kick);
    await closed;
    expect(other.connected).toBe(true);
    await vi.waitFor(() => expect(world.signals().at(-1)).toMatchObject({ reason: 'taken-over' }));
  });

  it('a fence begins a new term, in which what is live is announced', async () => {
    const { port } = await ready();
    const client = await world.connect(port, alibabaLogin('dn', 'secret'));
    const { incarnation, term } = world.reports().at(-1) ?? { incarnation: '', term: 0 };
    const fence = { kind: 'fence', gatewayId: 'gw-a', incarnation, term, at: 0 };
    await world.say(TOPICS.commands, fence);
    await vi.waitFor(
      () =>
        expect(world.batches().at(-1)).toMatchObject({
          term: term + 1,
          signals: [{ type: 'announced', session: { deviceKey: 'dn' } }],
        }),
      WAIT,
    );
    expect(client.connected).toBe(true);
  });
});

describe('while the bus is away', () => {
  it('signals are kept and arrive in order after; the term they were said in is history', async () => {
    const { port } = await ready();
    world.switched.away = true;
    const client = await world.connect(port, alibabaLogin('dn', 'secret'));
    await client.endAsync();
    const again = await world.connect(port, alibabaLogin('dn', 'secret'));
    expect(typesOf('dn')).toEqual([]);
    world.switched.away = false;
    await vi.waitFor(
      () => expect(typesOf('dn')).toEqual(['opened', 'activated', 'closed', 'opened', 'activated']),
      WAIT,
    );
    expect(again.connected).toBe(true);
  });

  it('a wrong secret gets the retryable refusal, a known one goes on', async () => {
    const { port } = await ready();
    world.ticking = false;
    const wrong = () =>
      world.connect(port, alibabaLogin('dn', 'wrong!')).catch((error: { code: number }) => error);
    await vi.waitFor(async () => expect(await wrong()).toMatchObject({ code: 3 }), WAIT);
    const client = await world.connect(port, alibabaLogin('dn', 'secret'));
    expect(client.connected).toBe(true);
  });
});
