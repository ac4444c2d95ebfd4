import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DIALECTS } from '@tallystick/domain';
import { topicPolicyOf } from './topic-policy.ts';

const names = { productKey: 'pk', deviceKey: 'dn', deviceId: 'pk_dn' };
const alibaba = topicPolicyOf('alibaba', names);
const enos = topicPolicyOf('enos', names);
const huawei = topicPolicyOf('huawei', names);

/**
 * What alibabacloud-iot-device-sdk 1.2.8 subscribes at every connect (lib/thing.js,
 * _subscribePresetTopic).
 */
const NODE_SDK_TOPICS = [
  '/sys/pk/dn/thing/event/property/post_reply',
  '/sys/pk/dn/thing/service/property/set',
  '/sys/pk/dn/thing/event/+/post_reply',
  '/sys/pk/dn/thing/deviceinfo/update_reply',
  '/sys/pk/dn/thing/deviceinfo/delete_reply',
  '/sys/pk/dn/thing/config/get_reply',
  '/shadow/get/pk/dn',
  '/sys/pk/dn/thing/config/push',
  '/sys/pk/dn/thing/config/push_reply',
  '/sys/pk/dn/thing/topo/add_reply',
  '/sys/pk/dn/thing/topo/delete_reply',
  '/sys/pk/dn/thing/topo/get_reply',
  '/ext/session/pk/dn/combine/login_reply',
  '/ext/session/pk/dn/combine/logout_reply',
  '/sys/pk/dn/thing/sub/register_reply',
  '/sys/pk/dn/rrpc/request/+',
];

describe("an Alibaba device's topics", () => {
  it.each(NODE_SDK_TOPICS)('the Node SDK may subscribe %s', (filter) => {
    expect(alibaba.maySubscribe(filter)).toBe(true);
  });

  it.each(['/pk/dn/update', '/pk/dn/update/error', '/pk/dn/get', '/pk/dn/data', '/pk/dn/user/x'])(
    'the default %s of a product may be published to and subscribed',
    (topic) => {
      expect(alibaba.mayPublish(topic)).toBe(true);
      expect(alibaba.maySubscribe(topic)).toBe(true);
    },
  );

  it.each([
    '/pk/dn/#',
    '/pk/dn/+',
    '/ext/rrpc/+/pk/dn/get',
    '/sys/pk/dn/#',
    '/pk/dn/user/#',
    '/ext/rrpc/+/pk/dn/user/get',
    '/ext/rrpc/+//pk/dn/user/get',
    '/ext/rrpc/+/sys/pk/dn/thing/service/+',
    '/sys/pk/dn/broadcast/request/+',
    '/sys/pk/dn/_thing/diag/post_reply',
    '/shadow/get/pk/dn',
    '/ext/error/pk/dn',
    '/ext/ntp/pk/dn/response',
    '/ota/device/upgrade/pk/dn',
    '/broadcast/pk/news',
  ])('its own %s may be subscribed', (filter) => {
    expect(alibaba.maySubscribe(filter)).toBe(true);
  });

  it.each([
    '#',
    '/#',
    '+/shadow/get/pk/dn',
    'x/shadow/get/pk/dn',
    '/sys/#',
    '/sys/pk/+/thing/service/property/set',
    '/sys/+/dn/thing',
    '/sys/pk/dn2/thing/service/property/set',
    '/sys/pk2/dn/thing',
    '/shadow/get/pk/dn2',
    '/shadow/get/pk/#',
    '/shadow/+/pk/dn',
    '/ext/+/pk/dn/combine/login_reply',
    '/ext/#',
    '/ext/rrpc/+/pk/dn2/user/get',
    '/ext/rrpc/#',
    '/ota/device/+/pk/dn',
    '/ota/device/upgrade/pk/dn2',
    '/pk/+/user/get',
    '/pk/+/get',
    '/pk/#',
    '/pk/dn',
    '/pk/dn2/get',
    '/+/dn/get',
    '/pk/dn2/user/get',
    '/broadcast/pk2/news',
    '$SYS/broker/clients',
  ])('%s may be neither subscribed nor published to', (filter) => {
    expect(alibaba.maySubscribe(filter)).toBe(false);
    expect(alibaba.mayPublish(filter)).toBe(false);
  });

  it('a broadcast is read, never written', () => {
    expect(alibaba.mayPublish('/broadcast/pk/news')).toBe(false);
  });

  it("a product named like a platform topic does not own another product's topics", () => {
    const named = topicPolicyOf('alibaba', { ...names, productKey: 'sys', deviceKey: 'victim' });
    expect(named.mayPublish('/sys/victim/user/thing')).toBe(false);
    expect(named.mayPublish('/sys/victim/dn/thing/event/property/post')).toBe(false);
  });
});

describe("an EnOS device's topics", () => {
  it('are /sys and /ext/session below its own names', () => {
    expect(enos.mayPublish('/sys/pk/dn/thing/measurepoint/post')).toBe(true);
    expect(enos.maySubscribe('/ext/session/pk/dn/#')).toBe(true);
    expect(enos.maySubscribe('/sys/pk/other/thing/measurepoint/post_reply')).toBe(false);
    expect(enos.maySubscribe('/sys/pk/+/thing')).toBe(false);
  });

  it('are its firmware topics in the form that the C SDK keeps from Alibaba', () => {
    expect(enos.mayPublish('/ota/device/inform/pk/dn')).toBe(true);
    expect(enos.maySubscribe('/ota/device/upgrade/pk/dn')).toBe(true);
    expect(enos.maySubscribe('/ota/device/+/pk/dn')).toBe(false);
    expect(enos.mayPublish('/ota/device/inform/pk/other')).toBe(false);
  });

  it("are not Alibaba's", () => {
    expect(
      ['/pk/dn/user/get', '/shadow/update/pk/dn', '/ext/ntp/pk/dn/request'].some(enos.mayPublish),
    ).toBe(false);
  });
});

describe("a Huawei device's topics", () => {
  /** What the C SDK subscribes at every connect (src/service/subscribe.c, SubscribeAll). */
  const C_SDK_TOPICS = [
    '$oc/devices/pk_dn/sys/messages/down',
    '$oc/devices/pk_dn/sys/commands/#',
    '$oc/devices/pk_dn/sys/properties/set/#',
    '$oc/devices/pk_dn/sys/properties/get/#',
    '$oc/devices/pk_dn/sys/events/down',
    '$oc/devices/pk_dn/sys/shadow/get/response/#',
  ];

  it.each([
    ...C_SDK_TOPICS,
    '$oc/devices/pk_dn/sys/bootstrap/down',
    '$oc/devices/pk_dn/user/wpy',
    '$oc/devices/pk_dn/#',
    '/huawei/v1/devices/pk_dn/command/json',
  ])('%s may be subscribed', (filter) => {
    expect(huawei.maySubscribe(filter)).toBe(true);
  });

  it.each([
    '$oc/devices/pk_dn/sys/messages/up',
    '$oc/devices/pk_dn/sys/commands/response/request_id=42',
    '$oc/devices/pk_dn/sys/bootstrap/up',
    '$oc/devices/pk_dn/user/wpy',
    '/huawei/v1/devices/pk_dn/data/json',
  ])('%s may be published to', (topic) => {
    expect(huawei.mayPublish(topic)).toBe(true);
  });

  it.each([
    '#',
    '$oc/#',
    '$oc/devices/#',
    '$oc/devices/+/sys/commands/#',
    '$oc/+/pk_dn/sys/commands/#',
    '$oc/devices/pk_dn',
    '$oc/devices/pk_dn2/sys/messages/down',
    '$oc/devices/dn/sys/messages/down',
    '$oc/bridges/pk_dn/sys/login',
    '/pk/dn/user/get',
    '/sys/pk/dn/thing',
  ])('%s is nothing of it', (topic) => {
    expect(huawei.maySubscribe(topic)).toBe(false);
    expect(huawei.mayPublish(topic)).toBe(false);
  });
});

describe("any two devices' topics", () => {
  /** Few words, so that one device's key is often another's product key or a platform's level. */
  const word = fc.constantFrom(
    'a',
    'b',
    'sys',
    'ext',
    'rrpc',
    'device',
    '$oc',
    'devices',
    'session',
  );
  const level = fc.oneof(word, fc.constantFrom('+', '#', '', 'thing', 'ota', 'shadow', 'x'));
  const topics = fc.array(level, { minLength: 1, maxLength: 8 }).map((levels) => levels.join('/'));
  const device = fc.tuple(word, word);

  it.each(DIALECTS)(
    'in %s: none is publishable for both, and no name stands for a wildcard',
    (dialect) => {
      const policyOf = ([productKey, deviceKey]: readonly [string, string]) =>
        topicPolicyOf(dialect, { productKey, deviceKey, deviceId: `${productKey}_${deviceKey}` });
      fc.assert(
        fc.property(device, device, topics, (one, other, topic) => {
          fc.pre(one.join('_') !== other.join('_'));
          const [mine, theirs] = [policyOf(one), policyOf(other)];
          expect(mine.mayPublish(topic) && theirs.mayPublish(topic)).toBe(false);
          expect(mine.maySubscribe(topic) && !topic.includes(one[1])).toBe(false);
        }),
        { numRuns: 3_000 },
      );
    },
  );
});
