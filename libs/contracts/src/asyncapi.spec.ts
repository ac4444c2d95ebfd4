import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { asyncApiDocument } from './asyncapi.ts';
import { EVENT_TYPES } from './events/event-types.ts';

interface Channel {
  readonly address: string;
  readonly messages: Readonly<Record<string, { readonly $ref: string }>>;
}
interface Message {
  readonly name: string;
  readonly payload: {
    readonly $id: string;
    readonly type: unknown;
    readonly properties: Readonly<Record<string, unknown>>;
    readonly required: readonly string[];
  };
  readonly headers: { readonly required: readonly string[] };
}
interface Document {
  readonly asyncapi: string;
  readonly channels: Readonly<Record<string, Channel>>;
  readonly operations: Readonly<Record<string, { readonly channel: { readonly $ref: string } }>>;
  readonly components: { readonly messages: Readonly<Record<string, Message>> };
}

const document = asyncApiDocument({ topicPrefix: 'here.' }) as unknown as Document;
const { channels, components, operations } = document;

describe('asyncapi.json', () => {
  it('is an AsyncAPI 3 document of the public topics', () => {
    expect(document.asyncapi).toBe('3.0.0');
    expect(Object.keys(channels)).toEqual([
      'identity.events.v1',
      'identity.state.v1',
      'identity.presence.v1',
      'identity.decisions.v1',
    ]);
    expect(channels['identity.events.v1']?.address).toBe('here.identity.events.v1');
  });

  it('names a message after each event, in one channel', () => {
    const inChannels = Object.values(channels).flatMap(({ messages }) => Object.keys(messages));
    const wanted = [...EVENT_TYPES.map(({ name }) => name), 'Device', 'Product'];
    expect(inChannels.sort()).toEqual(wanted.sort());
    expect(Object.keys(components.messages).sort()).toEqual(wanted.sort());
  });

  it('has no reference that leads nowhere', () => {
    const text = JSON.stringify(document);
    for (const [, path = ''] of text.matchAll(/"\$ref":"#\/([^"]+)"/g)) {
      const [room = '', kind = '', name = ''] = path.split('/');
      const target =
        room === 'channels' ? channels[kind] : kind === 'messages' && components.messages[name];
      expect(target, path).toBeTruthy();
    }
    expect(Object.keys(operations)).toHaveLength(4);
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
    const folder = new URL('./events/fixtures/', import.meta.url);
    for (const file of readdirSync(folder)) {
      const payload = components.messages[file.split('.')[0] ?? '']?.payload;
      const samples = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as object[];
      for (const sample of samples)
        expect(Object.keys(sample)).toEqual(expect.arrayContaining([...(payload?.required ?? [])]));
    }
  });
});
