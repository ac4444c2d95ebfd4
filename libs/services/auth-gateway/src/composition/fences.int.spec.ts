import { createHmac } from 'node:crypto';
import type { TlsIdentities } from '@tallystick/services-edge';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { alibabaLogin } from '../fixtures/alibaba-wire.ts';
import { ownCertificate } from '../fixtures/certificates.ts';
import { device, product } from '../fixtures/credentials.ts';
import { GatewayWorld, type StartedGateway } from '../fixtures/gateway-world.ts';
import {
  alibabaAuth,
  alibabaUplink,
  askHttp,
  enosAuth,
  huaweiAuth,
  registration,
  type HttpAsk,
} from '../fixtures/http-wire.ts';

const WAIT = { timeout: 10_000 };
const BUDGET_MS = 1_000;

let world: GatewayWorld;
let gateway: StartedGateway;
let tls: TlsIdentities;
beforeEach(async () => {
  world = await GatewayWorld.open();
  await world.relay('bulk', product({ dynamicActivation: true }));
  await world.relay('bulk', device());
  await world.relay('bulk', device({ deviceKey: 'new', active: false, position: 3 }));
  const home = world.home();
  ({ tls } = await ownCertificate(home));
  const budget = String(BUDGET_MS);
  const env = { TALLYSTICK_BUDGET_SECRET_MS: budget, TALLYSTICK_BUDGET_TOKEN_MS: budget };
  gateway = await world.start({ home, tls, env });
  await vi.waitFor(() => expect(gateway.service.ready()).toBe(true), WAIT);
});
afterEach(async () => {
  await world.close();
  tls.close();
});

const ask = (asked: HttpAsk) => askHttp(gateway.ports['deviceHttp'] ?? 0, asked);
const isStale = () => (world.reports().at(-1)?.stalenessMs ?? 0) > BUDGET_MS;

/** Link SDK 4's handshake, and the login behind it. */
function connectByPsk() {
  const content = 'idpk&dntimestamp2524608000000';
  const key = createHmac('sha256', 'secret').update(content).digest('hex').toUpperCase();
  const identity = 'devicename|hmacsha256|pk&dn|2524608000000';
  const by = {
    reconnectPeriod: 0,
    ...{ ciphers: 'PSK-AES128-CBC-SHA:@SECLEVEL=0', maxVersion: 'TLSv1.2' as const },
    checkServerIdentity: () => undefined,
    pskCallback: () => ({ psk: Buffer.from(key), identity }),
  };
  const door = `mqtts://127.0.0.1:${gateway.ports['mqtts'] ?? 0}`;
  return world.connect(door, alibabaLogin('dn', 'secret'), 60, by);
}

describe('a gateway whose view is past its budgets', () => {
  it('asks every wire to try again, keeps the tokens that it gave, and lets in when it is fresh', async () => {
    const { body } = await ask(alibabaAuth('dn', 'secret'));
    const { token } = body['info'] as { readonly token: string };
    await (await connectByPsk()).endAsync(true);
    world.ticking = false;
    await vi.waitFor(() => expect(isStale()).toBe(true), WAIT);
    const answers = [
      alibabaAuth('dn', 'secret'),
      enosAuth('dn', 'secret'),
      huaweiAuth('dv_dn', 'secret'),
      registration('new', 'psecret'),
    ].map(ask);
    expect(await Promise.all(answers)).toMatchObject([
      { status: 200, body: { code: 10000 } },
      { status: 200, body: { code: 500 } },
      { status: 503, body: { error_code: 'IOTDA.000001' } },
      { status: 200, body: { code: 500 } },
    ]);
    await expect(connectByPsk()).rejects.toMatchObject({ code: 3 });
    const uplink = alibabaUplink('/pk/dn/user/update', token);
    expect(await ask(uplink)).toMatchObject({ body: { code: 0 } });
    world.ticking = true;
    await vi.waitFor(() => expect(isStale()).toBe(false), WAIT);
    expect(await ask(alibabaAuth('dn', 'secret'))).toMatchObject({ body: { code: 0 } });
    await connectByPsk();
  });
});
