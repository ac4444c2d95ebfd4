import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { asyncApiDocument } from './asyncapi.ts';
import { z } from 'zod';
import { EVENT_TYPES } from '../events/event-types.ts';
import { deviceStateFields } from '../http/device.schema.ts';
import { productDocument } from '../http/product.schema.ts';

interface Channel {
  readonly address: string;
  readonly description: string;
  readonly parameters?: object;
  readonly messages: Readonly<Record<string, { readonly $ref: string }>>;
  readonly bindings: {
    readonly kafka: {
      readonly topic: string;
      readonly partitions: number;
      readonly topicConfiguration: Readonly<Record<string, unknown>>;
    };
  };
}
interface Example {
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: unknown;
}
interface Message {
  readonly name: string;
  readonly payload: {
    readonly $id: string;
    readonly type: unknown;
    readonly properties: Readonly<Record<string, unknown>>;
    readonly required: readonly string[];
  };
  readonly headers: {
    readonly properties: Readonly<Record<string, object>>;
    readonly required: readonly string[];
  };
  readonly bindings: {
    readonly kafka: {
      readonly key: { readonly pattern: string; readonly examples: readonly string[] };
    };
  };
  readonly examples: readonly Example[];
}
interface Document {
  readonly asyncapi: string;
  readonly channels: Readonly<Record<string, Channel>>;
  readonly info: { readonly description: string };
  readonly operations: Readonly<Record<string, { readonly description: string }>>;
  readonly components: { readonly messages: Readonly<Record<string, Message>> };
}

/** The values of the state topic. */
const STATES = new Map<string, z.ZodType>([
  ['Device', z.strictObject(deviceStateFields)],
  ['Product', z.strictObject(productDocument.shape)],
]);

const document = asyncApiDocument({ topicPrefix: 'here.', partitions: 24 }) as unknown as Document;
const { channels, components, operations } = document;

describe('asyncapi.json', () => {
  it('is an AsyncAPI 3 document of the public topics', () => {
    expect(document.asyncapi).toBe('3.0.0');
    expect(Object.keys(channels)).toEqual([
      'identity.events.v1',
      'identity.state.v1',
      'identity.presence.v1',
      'identity.decisions.v1',
      'telemetry.v1',
    ]);
    expect(channels['identity.events.v1']?.address).toBe('here.identity.events.v1');
  });

  it('names a message after each event, in one channel', () => {
    const inChannels = Object.values(channels).flatMap(({ messages }) => Object.keys(messages));
    const wanted = [...EVENT_TYPES.map(({ name }) => name), 'Device', 'Product', 'DeviceMessage'];
    expect(inChannels.sort()).toEqual(wanted.sort());
    expect(Object.keys(components.messages).sort()).toEqual(wanted.sort());
  });

  it('has no reference that leads nowhere', () => {
    const text = JSON.stringify(document);
    for (const [, path = ''] of text.matchAll(/"\$ref":"#\/([^"]+)"/g)) {
      const [room = '', kind = '', name = ''] = path.split('/');
      const target =
        room === 'components'
          ? components.messages[name]
          : room === 'channels'
            ? channels[kind]
            : room === 'servers';
      expect(target, path).toBeTruthy();
    }
    expect(Object.keys(operations)).toHaveLength(5);
  });

  it('gives the data as the payload, without what is secret', () => {
    const { payload, headers } = components.messages['DeviceRegistered'] ?? {};
    expect(payload?.$id).toBe('urn:tallystick:schema:DeviceRegistered:v1');
    expect(payload?.required).toContain('secretOrigin');
    expect(payload?.properties).not.toHaveProperty('secretId');
    expect(headers?.required).toContain('ce_globalposition');
    expect(components.messages['DeviceOnline']?.headers.required).toContain('ce_epoch');
    expect(JSON.stringify(document)).not.toMatch(/secretId|tokenHash/);
  });

  it('says that the state of a key that is gone is null, and that no event is', () => {
    const nullable = Object.values(components.messages).filter(({ payload }) =>
      JSON.stringify(payload.type ?? '').includes('null'),
    );
    expect(nullable.map(({ name }) => name).sort()).toEqual(['Device', 'Product']);
    expect(components.messages['Device']?.payload.properties).toHaveProperty('deviceId');
  });

  it('names each required field that the recorded events have', () => {
    const folder = new URL('../events/fixtures/', import.meta.url);
    for (const file of readdirSync(folder)) {
      const payload = components.messages[file.split('.')[0] ?? '']?.payload;
      const samples = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as object[];
      for (const sample of samples)
        expect(Object.keys(sample)).toEqual(expect.arrayContaining([...(payload?.required ?? [])]));
    }
  });

  it('says how each topic is partitioned and kept, as it is made', () => {
    const kept = Object.entries(channels).map(([name, { bindings, description }]) => {
      expect(description, name).toContain('murmur2 of the key');
      expect(bindings.kafka.partitions).toBe(24);
      return [bindings.kafka.topic, bindings.kafka.topicConfiguration];
    });
    const days = (count: number) => ({
      'cleanup.policy': ['delete'],
      'retention.ms': count * 24 * 3_600_000,
    });
    const newest: unknown = expect.objectContaining({ 'cleanup.policy': ['compact'] });
    expect(Object.fromEntries(kept)).toEqual({
      'here.identity.events.v1': { 'cleanup.policy': ['delete'], 'retention.ms': -1 },
      'here.identity.state.v1': newest,
      'here.identity.presence.v1': days(90),
      'here.identity.decisions.v1': days(7),
      'here.telemetry.{tenant}.v1': days(7),
    });
  });

  it('says that only what is committed may be read', () => {
    expect(document.info.description).toContain('isolation.level=read_committed');
    for (const { description } of Object.values(operations))
      expect(description).toContain('isolation.level=read_committed');
  });

  it('tells of telemetry: one topic a tenant, what stands in its headers, and its bytes', () => {
    expect(channels['telemetry.v1']?.address).toBe('here.telemetry.{tenant}.v1');
    expect(channels['telemetry.v1']?.parameters).toHaveProperty('tenant');
    expect(components.messages['DeviceMessage']).toMatchObject({
      contentType: 'application/octet-stream',
      headers: { required: ['topic', 'dialect', 'clientid'] },
    });
  });

  it.each(Object.entries(components.messages))(
    'shows a %s with its key, the headers that it has, and data that its schema takes',
    (name, { bindings, headers, examples }) => {
      const { pattern, examples: keys } = bindings.kafka.key;
      expect(keys[0]).toMatch(new RegExp(pattern));
      const [example] = examples;
      expect(Object.keys(example?.headers ?? {})).toEqual(
        expect.arrayContaining([...headers.required]),
      );
      for (const header of Object.keys(example?.headers ?? {}))
        expect(headers.properties).toHaveProperty(header);
      const schema = EVENT_TYPES.find((type) => type.name === name)?.public ?? STATES.get(name);
      // Without fields that the schema does not know: an example must not promise more.
      expect(schema?.parse(example?.payload) ?? example?.payload).toEqual(example?.payload);
    },
  );

  it('keys what is of a device by its device, and what is of a product by its product', () => {
    const keyOf = (name: string) => components.messages[name]?.bindings.kafka.key.examples[0];
    expect(keyOf('DeviceOnline')).toBe('default/boiler/boiler-0042');
    expect(keyOf('Device')).toBe('default/boiler/boiler-0042');
    expect(keyOf('ProductCreated')).toBe('default/boiler');
    expect(keyOf('Product')).toBe('default/boiler');
  });
});
