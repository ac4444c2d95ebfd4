import { describe, expect, it } from 'vitest';
import { parseBusCommand } from './commands.ts';
import { parseCredentialRecord, toTombstoneHeaders } from './credentials.ts';
import type {
  CredentialGone,
  DeviceCredential,
  ProductCredential,
  Tick,
} from './credentials.types.ts';
import { parseGatewaysRecord } from './gateways.ts';
import { FAST_EVENT_TYPES, laneOf } from './lane.ts';
import type { SessionDescription, SignalBatch } from './sessions.types.ts';
import { parseSignalBatch } from './parse-signals.ts';
import { EVENT_TYPES } from '../events/event-types.ts';
import { encodeJson } from './topics.ts';

const record = (value: object, key = 'default/pk/dk') => ({
  key,
  value: encodeJson(value),
  headers: {},
});

const device: DeviceCredential = {
  kind: 'device',
  tenant: 'default',
  productKey: 'pk',
  deviceKey: 'dk',
  deviceId: 'id',
  generation: 1,
  revision: 1,
  position: 1,
  keyEpoch: 1,
  active: false,
  disabled: false,
  dynamicOpen: true,
  resetAt: null,
  secrets: [{ version: 1, sealed: 'AAAA', expiresAt: null }],
  open: true,
  units: [],
};
const product: ProductCredential = {
  kind: 'product',
  tenant: 'default',
  productKey: 'pk',
  revision: 1,
  position: 1,
  keyEpoch: 1,
  dialect: 'auto',
  dynamicActivation: false,
  registrationFree: false,
  maxUnits: 5,
  silenceSeconds: null,
  silenceCounts: 'packet',
  certificateRequired: false,
  secrets: [],
};
const gone: CredentialGone = {
  kind: 'gone',
  tenant: 'default',
  productKey: 'pk',
  deviceKey: 'dk',
  deviceId: 'id',
  generation: 2,
  revision: 9,
  position: 77,
  keyEpoch: 3,
};
const tick: Tick = { kind: 'tick', lane: 'fast', upTo: 7, upToTime: 1 };

describe('a credential record', () => {
  it.each([device, product, gone, tick])('of kind $kind is read', (value) => {
    expect(parseCredentialRecord(record(value))).toEqual(value);
  });

  it('that is a tombstone says what its `gone` says', () => {
    const tombstone = { key: 'default/pk/dk', value: null, headers: toTombstoneHeaders(gone) };
    expect(parseCredentialRecord(tombstone)).toEqual(gone);
  });

  it('that is a product’s tombstone names no device', () => {
    const ofProduct = { ...gone, deviceKey: null, deviceId: null, generation: 0 };
    const tombstone = { key: 'default/pk', value: null, headers: toTombstoneHeaders(ofProduct) };
    expect(parseCredentialRecord(tombstone)).toEqual(ofProduct);
  });

  it.each([
    ['of a later kind', record({ ...device, kind: 'shadow' })],
    ['of the kind of an inherited name', record({ kind: 'toString' })],
    ['without a field', record({ ...device, deviceId: undefined })],
    ['with a null in place of a list', record({ ...device, secrets: null })],
    ['that is no object', { key: 'k', value: new TextEncoder().encode('[1]'), headers: {} }],
    ['that is no JSON', { key: 'k', value: new Uint8Array([0xff, 0]), headers: {} }],
    ['whose tombstone has no headers', { key: 'default/pk/dk', value: null, headers: {} }],
  ])('%s is passed over', (_, strange) => {
    expect(parseCredentialRecord(strange)).toBeNull();
  });

  it('with a new field is read', () => {
    expect(parseCredentialRecord(record({ ...device, colour: 'red' }))).toMatchObject(device);
  });
});

describe('a batch of session signals', () => {
  const session: SessionDescription = {
    sessionId: 's',
    tenant: 'default',
    productKey: 'pk',
    deviceKey: 'dk',
    deviceId: 'id',
    generation: 1,
    unit: null,
    clientId: 'c',
    transport: 'tcp',
    dialect: 'alibaba',
    remoteAddress: '192.0.2.1:1',
    secretVersion: 1,
    openedAt: 1,
  };
  const batch: SignalBatch = {
    gatewayId: 'gw-1',
    incarnation: 'i',
    term: 1,
    signals: [
      { type: 'opened', session },
      { type: 'closed', session, reason: 'client', at: 2 },
      { type: 'activated', session, method: 'static', at: 3 },
    ],
  };

  it('is read', () => {
    expect(parseSignalBatch(encodeJson(batch))).toEqual(batch);
  });

  it('keeps the signals it knows', () => {
    const mixed = { ...batch, signals: [...batch.signals, { type: 'moved', session }, 7, null] };
    expect(parseSignalBatch(encodeJson(mixed))).toEqual(batch);
  });

  it('without signals or a gateway is none', () => {
    expect(parseSignalBatch(encodeJson({ ...batch, signals: {} }))).toBeNull();
    expect(parseSignalBatch(encodeJson({ ...batch, gatewayId: 7 }))).toBeNull();
    expect(parseSignalBatch(null)).toBeNull();
  });
});

describe('the records of gateways and commands', () => {
  it('are read, and strange ones passed over', () => {
    const beat = { kind: 'beat', writer: 'registry/r1', at: 5 };
    expect(parseGatewaysRecord(encodeJson(beat))).toEqual(beat);
    expect(parseGatewaysRecord(encodeJson({ kind: 'gateway', gatewayId: 'g' }))).toBeNull();
    const kick = { kind: 'kick', sessionId: 's', gatewayId: 'g', reason: 'disabled', at: 5 };
    expect(parseBusCommand(encodeJson(kick))).toEqual(kick);
    expect(parseBusCommand(encodeJson({ kind: 'explode', at: 5 }))).toBeNull();
  });
});

describe('the lane of an event', () => {
  it('is fast for what restricts or is waited for', () => {
    expect(laneOf('DeviceDisabled', {})).toBe('fast');
    expect(laneOf('DeviceRegistered', { origin: 'claim' })).toBe('fast');
    expect(laneOf('SecretRead', { method: 'dynamic' })).toBe('fast');
  });

  it('is bulk for all else', () => {
    expect(laneOf('DeviceRegistered', { origin: 'import' })).toBe('bulk');
    expect(laneOf('DeviceDetailsChanged', {})).toBe('bulk');
    expect(laneOf('SecretRead', {})).toBe('bulk');
    expect(laneOf('SomethingNew', {})).toBe('bulk');
  });

  it('is told of event types that exist', () => {
    const names: readonly string[] = EVENT_TYPES.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining([...FAST_EVENT_TYPES]));
  });
});
