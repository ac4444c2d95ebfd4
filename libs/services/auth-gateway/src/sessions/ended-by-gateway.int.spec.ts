import { TOPICS } from '@tallystick/contracts';
import { metricsText } from '@tallystick/services-edge';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { alibabaLogin, enosLogin } from '../fixtures/alibaba-wire.ts';
import { device, product } from '../fixtures/credentials.ts';
import { closeOf, GatewayWorld, type StartedGateway } from '../fixtures/gateway-world.ts';

const WAIT = { timeout: 10_000 };
let world: GatewayWorld;
beforeEach(async () => (world = await GatewayWorld.open()));
afterEach(() => world.close());

async function ready(policy: Parameters<typeof product>[0] = {}): Promise<StartedGateway> {
  await world.relay('bulk', product(policy));
  await world.relay('bulk', device());
  const started = await world.start();
  await vi.waitFor(() => expect(started.service.ready()).toBe(true), WAIT);
  return started;
}

const login = alibabaLogin('dn', 'secret');
const closedAs = (reason: string): Promise<void> =>
  vi.waitFor(() => expect(world.signals().at(-1)).toMatchObject({ type: 'closed', reason }), WAIT);

describe('a session that the gateway itself ends', () => {
  it.each([
    ['topic-refused', (send: Send) => send.publish('/pk/other/user/x', 'x')],
    ['packet-too-large', (send: Send) => send.publish('/pk/dn/user/x', Buffer.alloc(262_200))],
    // A second CONNECT: type 1 where the session is open.
    ['protocol-error', (send: Send) => send.raw(Buffer.of(0x10, 2, 0, 0))],
  ] as const)('for %s says so: closed, decided, counted', async (reason, act) => {
    const { port } = await ready();
    const client = await world.connect(port, login);
    const closed = closeOf(client);
    act({
      publish: (topic, payload) => void client.publish(topic, payload, { qos: 1 }),
      raw: (bytes) => void client.stream.write(bytes),
    });
    await closed;
    await closedAs(reason);
    const told = { decision: 'end', reason, productKey: 'pk', deviceKey: 'dn', count: 1 };
    await vi.waitFor(() => expect(world.decisions().at(-1)).toMatchObject(told), WAIT);
    const record = world.records.findLast(({ topic }) => topic === TOPICS.decisions);
    expect(record).toMatchObject({
      key: 'default/pk/dn',
      headers: { ce_type: 'tallystick.SessionEnded.v1', ce_subject: 'dv_dn' },
    });
    expect((await metricsText()).text).toMatch(
      new RegExp(`tallystick_logins_total\\{[^}]*decision="end",reason="${reason}"`),
    );
  });

  it('for its product demands certificates from now on says so', async () => {
    const { port } = await ready();
    const closed = closeOf(await world.connect(port, login));
    await world.relay('fast', product({ certificateRequired: true, revision: 2, position: 30 }));
    await closed;
    await closedAs('certificate-required');
    const told = { decision: 'end', reason: 'certificate-required', deviceKey: 'dn' };
    await vi.waitFor(() => expect(world.decisions().at(-1)).toMatchObject(told), WAIT);
  });

  it('is not told as such when the device left, or was told to', async () => {
    const { port } = await ready();
    const client = await world.connect(port, login);
    await client.endAsync();
    await closedAs('client');
    expect(world.decisions().some(({ decision }) => decision === 'end')).toBe(false);
  });
});

describe('a packet of 256 KiB', () => {
  it('reaches telemetry as it came', async () => {
    const { port } = await ready();
    const client = await world.connect(port, login);
    const payload = Buffer.alloc(262_000, 'x');
    await client.publishAsync('/pk/dn/user/x', payload, { qos: 1 });
    const sent = world.records.find(({ topic }) => topic.startsWith('telemetry'));
    expect(payload.equals(sent?.value ?? Buffer.alloc(0))).toBe(true);
  });
});

describe('silence', () => {
  it('of a live session ends it, once the product allows no more', async () => {
    const { enosPort } = await ready();
    // It asks for no keep-alive, and pings nevertheless.
    const client = await world.connect(enosPort, enosLogin('dn', 'secret'), 0);
    const pings = setInterval(() => client.stream.write(Buffer.of(0xc0, 0)), 200);
    const closed = closeOf(client);
    const rule = { silenceSeconds: 1, silenceCounts: 'message' } as const;
    await world.relay('bulk', product({ ...rule, revision: 2, position: 40 }));
    await closed;
    clearInterval(pings);
    await closedAs('silence');
  });

  it('is what the product allows from the first packet on', async () => {
    const { enosPort } = await ready({ silenceSeconds: 1, silenceCounts: 'packet' });
    await closeOf(await world.connect(enosPort, enosLogin('dn', 'secret'), 0));
    await closedAs('silence');
  });
});

interface Send {
  publish(topic: string, payload: string | Buffer): void;
  raw(bytes: Buffer): void;
}
