import { telemetryTopic } from '@tallystick/contracts';
import { PortError } from '@tallystick/kernel';
import type { DeliveredRecord, TopicSpec } from '@tallystick/ports';
import { describe, expect, it } from 'vitest';
import { parseLiveTopic, reachTopic, toCloudEvent } from './live-topics.ts';

const message = (payload: Uint8Array | null, tenant = 'default'): DeliveredRecord => ({
  topic: `telemetry.${tenant}.v1`,
  ...{ partition: 3, offset: 41, timestampMs: Date.parse('2026-11-28T19:30:00.000Z') },
  key: `${tenant}/boiler/boiler-0042`,
  value: payload,
  headers: {
    topic: '/sys/boiler/boiler-0042/thing/event/property/post',
    dialect: 'alibaba',
    clientid: 'c1',
  },
});

describe('the topics that can be followed', () => {
  it.each([
    [undefined, 'identity.events.v1'],
    ['identity.presence.v1', 'identity.presence.v1'],
    ['telemetry', 'telemetry.acme.v1'],
    ['telemetry.acme.v1', 'telemetry.acme.v1'],
  ])('given %s, then %s', (given, topic) => {
    expect(parseLiveTopic(given, 'acme')).toBe(topic);
  });

  it.each(['telemetry.other.v1', 'internal.credentials.v1', 'identity.events.v2', ''])(
    'given another (%s), of another tenant too, then it is refused',
    (given) => {
      expect(() => parseLiveTopic(given, 'acme')).toThrow('expected one of');
    },
  );
});

describe('telemetry as it is followed', () => {
  it('given JSON, then it is the data of a CloudEvent, with what its headers say', () => {
    const payload = Buffer.from('{"id":"1","params":{"t":21}}');
    expect(toCloudEvent('default', message(payload))).toEqual({
      ...{ specversion: '1.0', id: '3-41', source: '/tallystick/auth-gateway' },
      ...{ type: 'tallystick.DeviceMessage.v1', time: '2026-11-28T19:30:00.000Z' },
      ...{ tenantid: 'default', partitionkey: 'default/boiler/boiler-0042' },
      ...{ topic: '/sys/boiler/boiler-0042/thing/event/property/post', dialect: 'alibaba' },
      ...{ clientid: 'c1', datacontenttype: 'application/json' },
      data: { id: '1', params: { t: 21 } },
    });
  });

  it.each([
    ['bytes', Buffer.from([0xff, 0x00]), '/wA='],
    ['text that is no JSON', Buffer.from('21.5 C'), 'MjEuNSBD'],
    ['nothing', Buffer.alloc(0), ''],
    ['null', null, ''],
  ])('given %s, then they are its data in base64', (_, payload, data_base64) => {
    expect(toCloudEvent('default', message(payload))).toMatchObject({
      datacontenttype: 'application/octet-stream',
      data_base64,
    });
  });

  it('given no device has published yet, then the topic is made; a bus that is away is said', async () => {
    const made: TopicSpec[] = [];
    const bus = { ensureTopics: async (specs: readonly TopicSpec[]) => void made.push(...specs) };
    await reachTopic(bus, 'acme', 'identity.events.v1');
    await reachTopic(bus, 'acme', 'telemetry.acme.v1');
    expect(made).toEqual([telemetryTopic('acme')]);
    const away = { ensureTopics: () => Promise.reject(new PortError('unavailable', 'away')) };
    await expect(reachTopic(away, 'acme', 'telemetry.acme.v1')).rejects.toMatchObject({
      code: 'bus-unavailable',
    });
  });
});
