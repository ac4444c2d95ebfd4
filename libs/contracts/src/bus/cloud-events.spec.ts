import { CloudEvent, Kafka, type KafkaMessage } from 'cloudevents';
import { describe, expect, it } from 'vitest';
import {
  fromCloudEventHeaders,
  toCloudEventHeaders,
  toStructured,
  type EventAttributes,
} from './cloud-events.ts';
import { encodeJson } from './topics.ts';

const registered: EventAttributes = {
  app: 'registry',
  id: '0199f7c1-8a52-7c3e-9b1d-2f4a6c8e0b13',
  type: 'DeviceRegistered',
  schemaVersion: 1,
  time: Date.UTC(2026, 10, 20, 8, 15, 30, 123),
  tenant: 'default',
  subject: 'dv_01jd7h0q9v8t6m3k2n4p5r7s8w',
  actor: 'token:first',
  correlationId: '0199f7c1-8a52-7c3e-9b1d-2f4a6c8e0b14',
  causationId: '0199f7c1-8a52-7c3e-9b1d-2f4a6c8e0b15',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  place: { in: 'stream', stream: 'device/default/pk/dk', revision: 1, position: 42 },
};
const data = { deviceId: 'dv_01jd7h0q9v8t6m3k2n4p5r7s8w', productKey: 'pk' };

const { subject: _subject, traceparent: _trace, ...bare } = registered;
const variants: readonly [string, EventAttributes][] = [
  ['of a stream', registered],
  ['of a session', { ...registered, app: 'session-tracker', place: { in: 'sessions', epoch: 3 } }],
  ['of no device and no trace', { ...bare, subject: null, place: { in: 'none' } }],
];

describe('CloudEvents headers', () => {
  it('are those of the interface', () => {
    expect(toCloudEventHeaders(registered)).toEqual({
      'content-type': 'application/json',
      ce_specversion: '1.0',
      ce_id: '0199f7c1-8a52-7c3e-9b1d-2f4a6c8e0b13',
      ce_source: '/tallystick/registry',
      ce_type: 'tallystick.DeviceRegistered.v1',
      ce_subject: 'dv_01jd7h0q9v8t6m3k2n4p5r7s8w',
      ce_time: '2026-11-20T08:15:30.123Z',
      ce_dataschema: 'urn:tallystick:schema:DeviceRegistered:v1',
      ce_tenantid: 'default',
      ce_stream: 'device/default/pk/dk',
      ce_streamversion: '1',
      ce_globalposition: '42',
      ce_actor: 'token:first',
      ce_correlationid: '0199f7c1-8a52-7c3e-9b1d-2f4a6c8e0b14',
      ce_causationid: '0199f7c1-8a52-7c3e-9b1d-2f4a6c8e0b15',
      ce_traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    });
  });

  it('carry the epoch in place of the stream for presence', () => {
    const headers = toCloudEventHeaders({ ...registered, place: { in: 'sessions', epoch: 3 } });
    expect(headers['ce_epoch']).toBe('3');
    expect(Object.keys(headers)).not.toContain('ce_stream');
    expect(Object.keys(headers)).not.toContain('ce_globalposition');
  });

  it.each(variants)('%s come back as they went', (_, event) => {
    expect(fromCloudEventHeaders(toCloudEventHeaders(event))).toEqual(event);
  });

  it('of somebody else are no event of ours', () => {
    expect(fromCloudEventHeaders({})).toBeNull();
    const headers = toCloudEventHeaders(registered);
    expect(fromCloudEventHeaders({ ...headers, ce_type: 'com.example.x' })).toBeNull();
    expect(fromCloudEventHeaders({ ...headers, ce_time: 'yesterday' })).toBeNull();
  });
});

describe('the cloudevents SDK', () => {
  it.each(variants)('reads a record %s in binary mode', (_, event) => {
    const headers = toCloudEventHeaders(event);
    const value = JSON.stringify(data);
    const message: KafkaMessage<string> = { headers, key: 'k', value, body: value, timestamp: '' };
    const read = Kafka.toEvent<typeof data>(message);
    if (Array.isArray(read)) throw new Error('one event was written');
    expect(() => new CloudEvent(read as never).validate()).not.toThrow();
    expect(read).toMatchObject({
      id: event.id,
      source: headers['ce_source'],
      type: headers['ce_type'],
      dataschema: headers['ce_dataschema'],
      tenantid: 'default',
      correlationid: event.correlationId,
      data,
    });
    expect(read['subject'] ?? null).toBe(event.subject);
    expect(read['time']).toBe(headers['ce_time']);
  });

  it('writes headers that are read back as the same event', () => {
    const { data: _none, ...attributes } = toStructured({
      headers: toCloudEventHeaders(registered),
      value: encodeJson(data),
    }) as Record<string, unknown>;
    const message = Kafka.binary(new CloudEvent({ ...attributes, data } as never));
    const headers = message.headers as Record<string, string>;
    expect(fromCloudEventHeaders(headers)).toEqual(registered);
  });

  it.each(variants)('reads the structured form %s', (_, event) => {
    const structured = toStructured({
      headers: toCloudEventHeaders(event),
      value: encodeJson(data),
    });
    const read = new CloudEvent(structured as never);
    expect(read.validate()).toBe(true);
    expect(read.data).toEqual(data);
    expect(read.datacontenttype).toBe('application/json');
  });
});

describe('the structured form', () => {
  it('of a tombstone has no data', () => {
    const structured = toStructured({ headers: toCloudEventHeaders(registered), value: null });
    expect(structured).not.toHaveProperty('data');
    expect(structured).toHaveProperty('streamversion', '1');
  });

  it('of a record without CloudEvents headers is none', () => {
    expect(toStructured({ headers: { position: '1' }, value: encodeJson({}) })).toBeNull();
  });
});
