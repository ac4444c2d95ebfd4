import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { DIALECTS } from './logins.ts';

const NOW = new Date('2026-11-20T12:34:56.789Z');

describe('the login of a device with the longest names', () => {
  const names = { deviceId: 'dv_1', productKey: 'p'.repeat(32), deviceKey: 'd'.repeat(128) };

  it.each([
    ['alibaba', DIALECTS.alibaba],
    ['enos', DIALECTS.enos],
  ])('in %s has a ClientId within its limits', (_, { login }) => {
    const { clientId, username } = login(names, 'secret', false, NOW);
    expect(clientId.indexOf('|')).toBe(64);
    expect(username).toBe(`${names.deviceKey}&${names.productKey}`);
  });
});

describe('a login', () => {
  const names = { deviceId: 'prod_node_01', productKey: 'prod', deviceKey: 'node_01' };

  it('in huawei is signed by the hour, which nobody compares', () => {
    expect(DIALECTS.huawei.login(names, 'XXXX', false, NOW)).toEqual({
      clientId: 'prod_node_01_0_0_2026112012',
      username: 'prod_node_01',
      // Recorded from the vendor's SDK for C.
      password: 'fdf801c0ed38fbeb8b52e95f81aa4429f6fa0fef838d29e80d0a43f5fc38304f',
    });
  });

  it('in alibaba says whether TLS carries it, and signs the same', () => {
    const [tcp, tls] = [false, true].map((on) => DIALECTS.alibaba.login(names, 'secret', on, NOW));
    expect([tcp?.clientId, tls?.clientId]).toEqual([
      'prod.node_01|securemode=3,signmethod=hmacsha256|',
      'prod.node_01|securemode=2,signmethod=hmacsha256|',
    ]);
    const content = 'clientIdprod.node_01deviceNamenode_01productKeyprod';
    const password = createHmac('sha256', 'secret').update(content).digest('hex');
    expect([tcp?.password, tls?.password]).toEqual([password, password]);
  });
});

describe('the topics of a device', () => {
  const names = { deviceId: 'dv_1', productKey: 'pk', deviceKey: 'dk' };

  it.each([
    ['alibaba', '/sys/pk/dk/thing/event/property/post', ['/sys/pk/dk/#', '/pk/dk/#']],
    ['enos', '/sys/pk/dk/thing/event/property/post', ['/sys/pk/dk/#', '/ext/session/pk/dk/#']],
    ['huawei', '$oc/devices/dv_1/sys/messages/up', ['$oc/devices/dv_1/#']],
  ] as const)("in %s are the vendor's", (dialect, usual, filters) => {
    expect(DIALECTS[dialect].usualTopic(names)).toBe(usual);
    expect(DIALECTS[dialect].filters(names)).toEqual(filters);
  });
});
