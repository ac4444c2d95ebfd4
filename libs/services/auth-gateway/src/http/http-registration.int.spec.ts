import { TOPICS, type ActivationAnswer } from '@tallystick/contracts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openClaimsServer } from '../fixtures/claims-server.ts';
import { device, product } from '../fixtures/credentials.ts';
import { GatewayWorld, type StartedGateway } from '../fixtures/gateway-world.ts';
import { askHttp, registration, type HttpHeard } from '../fixtures/http-wire.ts';

const WAIT = { timeout: 10_000 };
const grant: ActivationAnswer = {
  ...{ granted: true, deviceSecret: 'new-secret', secretVersion: 1, deviceId: 'dv_dn' },
  ...{ generation: 1, tenant: 'default', position: 9 },
};

let world: GatewayWorld;
let registry: Awaited<ReturnType<typeof openClaimsServer>>;
let gateway: StartedGateway;
beforeEach(async () => {
  world = await GatewayWorld.open();
  registry = await openClaimsServer();
  registry.state.activation = grant;
  await world.relay('bulk', product({ dynamicActivation: true, position: 2 }));
  await world.relay('bulk', product({ productKey: 'closed', position: 2 }));
  await world.relay('bulk', device({ active: false }));
  await world.relay('bulk', device({ deviceKey: 'active' }));
  gateway = await world.start({ env: { TALLYSTICK_REGISTRY_URL: registry.url } });
  await vi.waitFor(() => expect(gateway.service.ready()).toBe(true), WAIT);
});
afterEach(async () => {
  await world.close();
  await registry.close();
});

const register = (...said: Parameters<typeof registration>): Promise<HttpHeard> =>
  askHttp(gateway.ports['deviceHttp'] ?? 0, registration(...said));
const explained = () =>
  world.records
    .filter(({ topic }) => topic === TOPICS.decisions)
    .map(({ value }) => JSON.parse(Buffer.from(value ?? []).toString()) as { reason: string });

describe('registration over HTTP', () => {
  it('gives the secret to the letter as the SDKs read it, and opens no session', async () => {
    const { path, body, headers } = registration('dn', 'psecret');
    const url = `http://127.0.0.1:${gateway.ports['deviceHttp'] ?? 0}${path}`;
    const response = await fetch(url, { method: 'POST', body, headers });
    expect(response.status).toBe(200);
    expect(await response.text()).toBe(
      '{"code":200,"data":{"deviceName":"dn","deviceSecret":"new-secret","productKey":"pk"},"message":"success"}',
    );
    expect(registry.calls[0]).toMatchObject({
      path: '/internal/v1/activations',
      body: { productKey: 'pk', deviceKey: 'dn', dialect: 'alibaba', makes: false },
    });
    expect(world.signals()).toEqual([]);
    await vi.waitFor(() => expect(explained()).toMatchObject([{ decision: 'allow' }]), WAIT);
  });

  it.each<[string, Parameters<typeof registration>, number]>([
    ['a wrong product secret', ['dn', 'wrong'], 6600],
    ['a wrong product secret, of a device that nobody has', ['nobody', 'wrong'], 6600],
    ['a product that nobody has', ['dn', 'psecret', 'nobody'], 6250],
    ['a product that has it switched off', ['dn', 'psecret', 'closed'], 6288],
    ['a device that is active', ['active', 'psecret'], 6289],
  ] as const)(
    'given %s, says so in Alibaba’s code, and asks no registry',
    async (_, said, code) => {
      expect(await register(...said)).toMatchObject({ status: 200, body: { code } });
      expect(registry.calls).toEqual([]);
      expect(explained().every(({ reason }) => reason !== 'ok')).toBe(true);
    },
  );

  it.each([
    ['unknown-device', 6100],
    ['already-activated', 6289],
    ['dynamic-activation-off', 6288],
    ['device-disabled', 6204],
    ['registry-away', 500],
    ['too-many-requests', 429],
  ] as const)('given the registry says %s, answers %d', async (reason, code) => {
    registry.state.activation = { granted: false, reason };
    expect(await register('dn', 'psecret')).toMatchObject({ status: 200, body: { code } });
  });

  it('given no registry is there, asks the device to try again', async () => {
    registry.state.activation = 'away';
    expect(await register('dn', 'psecret')).toMatchObject({ status: 200, body: { code: 500 } });
  });

  const asked = registration('dn', 'psecret');
  it.each([
    ['a field less', asked.body.replace(/&random=[^&]*/, ''), 460],
    ['a field twice', `${asked.body}&deviceName=dn`, 460],
    ['another method', asked.body.replace('hmacsha256', 'hmacsha3'), 6292],
    ['1 MiB', `${asked.body}&x=${'x'.repeat(1_048_576)}`, 460],
    ['JSON', '{"productKey":"pk"}', 460],
  ])('given %s, answers the code for it and changes nothing', async (_, body, code) => {
    const heard = await askHttp(gateway.ports['deviceHttp'] ?? 0, { ...asked, body });
    expect(heard).toMatchObject({ status: 200, body: { code } });
    expect(registry.calls).toEqual([]);
  });
});
