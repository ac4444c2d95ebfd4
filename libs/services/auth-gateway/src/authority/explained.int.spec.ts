import { TOPICS } from '@tallystick/contracts';
import { connectAsync } from 'mqtt';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { alibabaLogin, connwlLogin, regnwlClaim } from '../fixtures/alibaba-wire.ts';
import { device, product, unit } from '../fixtures/credentials.ts';
import { GatewayWorld } from '../fixtures/gateway-world.ts';

const WAIT = { timeout: 10_000 };

let world: GatewayWorld;
let port: number;
beforeEach(async () => {
  world = await GatewayWorld.open();
  await world.relay('bulk', product({ registrationFree: true }));
  await world.relay(
    'bulk',
    device({ units: [unit('CID', 'TOKEN'), unit('BARRED', 'T', 'forbidden')] }),
  );
  const started = await world.start();
  await vi.waitFor(() => expect(started.service.ready()).toBe(true), WAIT);
  port = started.port;
});
afterEach(() => world.close());

/** What explain is made of. */
const explained = () =>
  world.records
    .filter(({ topic }) => topic === TOPICS.explain)
    .map(({ key, value }) => {
      const said = JSON.parse(Buffer.from(value ?? []).toString()) as Record<string, unknown>;
      return {
        key,
        decision: said['decision'],
        reason: said['reason'],
        clientId: said['clientId'],
      };
    });

async function refused(code: number, options: object): Promise<void> {
  const connecting = connectAsync(`mqtt://127.0.0.1:${port}`, {
    ...{ reconnectPeriod: 0, protocolVersion: 4, keepalive: 60 },
    ...options,
  });
  await expect(connecting).rejects.toMatchObject({ code });
}

const login = alibabaLogin('dn', 'secret');

describe('what is told of a CONNECT to a known device', () => {
  it.each([
    ['without a password', 4, { ...login, password: undefined }, 'malformed-credentials', 'cid-dn'],
    [
      'with an unknown signmethod',
      2,
      { ...login, clientId: login.clientId.replace('hmacsha256', '__proto__') },
      'malformed-client-id',
      'cid-dn',
    ],
    [
      'with a ClientId that is too long',
      2,
      { ...login, clientId: `{${'x'.repeat(3_700)}}${login.clientId.slice('cid-dn'.length)}` },
      'malformed-client-id',
      null,
    ],
    [
      'of MQTT 3.1',
      1,
      { ...login, protocolVersion: 3, protocolId: 'MQIsdp' },
      'protocol-version',
      'cid-dn',
    ],
    ['of MQTT 5', 1, { ...login, protocolVersion: 5 }, 'protocol-version', 'cid-dn'],
    [
      'whose will is for a foreign topic',
      5,
      { ...login, will: { topic: '/sys/pk/other/x', payload: 'gone' } },
      'topic-refused',
      'cid-dn',
    ],
    [
      'whose will is for a filter',
      5,
      { ...login, will: { topic: '/sys/pk/dn/+/post', payload: 'gone' } },
      'topic-refused',
      'cid-dn',
    ],
    [
      "in Huawei's form, by the device's id",
      4,
      { clientId: 'dv_dn_0_1_2026112012', username: 'dv_dn', password: 'p' },
      'bad-secret',
      'dv_dn',
    ],
    ['of a barred unit', 5, connwlLogin('dn', 'BARRED', 'T'), 'unit-forbidden', 'BARRED'],
  ] as const)('%s: it was refused with %i, and why', async (_, code, options, reason, clientId) => {
    await refused(code, options);
    await vi.waitFor(() => expect(explained()).toHaveLength(1), WAIT);
    expect(explained()).toEqual([{ key: 'default/pk/dn', decision: 'deny', reason, clientId }]);
    expect(world.decisions()).toMatchObject([
      { decision: 'deny', reason, productKey: 'pk', deviceKey: 'dn' },
    ]);
  });

  it('given a claim whose will is for a foreign topic, then no slot is asked for', async () => {
    const will = { topic: '/sys/pk/dn/thing', payload: 'gone' };
    await refused(5, { ...regnwlClaim('dn', 'psecret'), will });
    await vi.waitFor(() => expect(explained()).toMatchObject([{ reason: 'topic-refused' }]), WAIT);
  });

  it('given two units, then each is told of, and the public topic holds no ClientId', async () => {
    await world.connect(port, connwlLogin('dn', 'CID', 'TOKEN'));
    for (const id of ['CID', 'BARRED', 'CID']) await refused(4, connwlLogin('dn', id, 'wrong'));
    await vi.waitFor(
      () =>
        expect(explained()).toMatchObject([
          { decision: 'allow', clientId: 'CID' },
          { decision: 'deny', clientId: 'CID' },
          { decision: 'deny', clientId: 'BARRED' },
        ]),
      WAIT,
    );
    const said = world.records.filter(({ topic }) => topic === TOPICS.decisions);
    expect(said).toHaveLength(2);
    for (const { value, headers } of said)
      expect(Buffer.from(value ?? []).toString() + JSON.stringify(headers)).not.toMatch(
        /CID|BARRED|clientId"/,
      );
  });
});
