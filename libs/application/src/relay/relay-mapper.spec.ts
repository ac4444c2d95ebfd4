import { decodeJson, parseCredentialRecord, TOPICS, type Lane } from '@tallystick/contracts';
import { isPortError } from '@tallystick/kernel';
import type { BusRecord, SealedSecret, StoredEvent } from '@tallystick/ports';
import { createSeededIds, deliveredValue } from '@tallystick/test-kit';
import { describe, expect, it } from 'vitest';
import { LogBuilder } from './log.builder.ts';
import { createRelayMapper } from './relay-mapper.ts';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

const rowOf = (secretId: string): SealedSecret => ({
  ...{ secretId, owner: 'device/default/pk/dk', keyId: 'k1', createdAt: 0, forGateways: null },
  ...{ sealed: new Uint8Array(), wrappedDataKey: new Uint8Array() },
});

const identity = { storeId: 'store', incarnation: 1 };

function given(lane: Lane, log: LogBuilder, remembered = 100) {
  const opened: string[] = [];
  const mapper = createRelayMapper({
    lane,
    store: log,
    bus: { partitions: () => 3, subscribe: () => Promise.reject(new Error('not read here')) },
    ids: createSeededIds(1),
    vault: {
      find: async (ids) => ids.map(rowOf),
      openRow: ({ secretId }) => {
        opened.push(secretId);
        return text(secretId);
      },
    },
    sealer: {
      keyEpoch: 4,
      keyName: '4.0',
      seal: (key, generation, version, plain) =>
        `${key}|${generation}|${version}|${new TextDecoder().decode(plain)}`,
    },
    remembered,
  });
  const map = (events: readonly StoredEvent[]) => mapper.map(events, identity);
  return { mapper: { ...mapper, map }, opened };
}

const on = (records: readonly BusRecord[], topic: string): readonly BusRecord[] =>
  records.filter((record) => record.topic === topic);
const bytesOf = (record: BusRecord | undefined) => deliveredValue(record?.value ?? null);
const valueOf = (record: BusRecord | undefined) => {
  const bytes = bytesOf(record);
  return bytes === null ? null : decodeJson(bytes);
};
const credentialsOf = (records: readonly BusRecord[], topic: string = TOPICS.credentials) =>
  on(records, topic).map((record) => parseCredentialRecord({ ...record, value: bytesOf(record) }));

describe('the bulk lane, given a batch of events', () => {
  it('tells nobody from where an act was asked for', async () => {
    const log = new LogBuilder();
    const registered = log.registered('dk');
    const origin = { action: 'createDevice', address: '192.0.2.77' };
    const event = { ...registered, meta: { ...registered.meta, origin } };
    for (const lane of ['bulk', 'fast'] as const) {
      const records = await given(lane, log).mapper.map([event]);
      const told = records.map((record) => [record.headers, valueOf(record)]);
      expect(JSON.stringify(told)).not.toMatch(/192\.0\.2\.77|createDevice|"origin":\{/);
    }
  });

  it('tells each event under its device’s key, without what is secret', async () => {
    const log = new LogBuilder();
    const { mapper } = given('bulk', log);
    const records = on(await mapper.map([log.registered('dk')]), TOPICS.events);
    expect(records).toHaveLength(1);
    expect(records[0]).toMatchObject({
      key: 'default/pk/dk',
      headers: {
        ce_type: 'tallystick.DeviceRegistered.v1',
        ce_id: 'event-1',
        ce_source: '/tallystick/registry',
        ce_subject: 'id-dk-1',
        ce_stream: 'device/default/pk/dk',
        ce_streamversion: '1',
        ce_globalposition: '1',
        ce_correlationid: 'correlation-1',
      },
    });
    expect(valueOf(records[0])).toMatchObject({ deviceKey: 'dk', origin: 'api' });
    expect(valueOf(records[0])).not.toHaveProperty('secretId');
  });

  it('tells all events and, once per key, the state after the last of them', async () => {
    const log = new LogBuilder();
    const { mapper } = given('bulk', log);
    log.registered('a');
    log.registered('b');
    log.device('a', 'DeviceDisabled', { reason: null });
    const records = await mapper.map(log.events);
    expect(on(records, TOPICS.events)).toHaveLength(3);
    const states = on(records, TOPICS.state);
    expect(states.map(({ key, headers }) => [key, headers['ce_streamversion']])).toEqual([
      ['default/pk/a', '2'],
      ['default/pk/b', '1'],
    ]);
    expect(valueOf(states[0])).toMatchObject({ lifecycle: 'disabled', revision: 2 });
    expect(valueOf(states[0])).not.toHaveProperty('presence');
    expect(credentialsOf(records)).toMatchObject([
      { kind: 'device', deviceKey: 'a', disabled: true, revision: 2, position: 3, keyEpoch: 4 },
      { kind: 'device', deviceKey: 'b', disabled: false, revision: 1, position: 2 },
    ]);
  });

  it('seals each secret for its record, life and version', async () => {
    const log = new LogBuilder();
    const { mapper } = given('bulk', log);
    const records = await mapper.map([log.registered('dk')]);
    expect(credentialsOf(records)[0]).toMatchObject({
      secrets: [{ version: 1, sealed: 'default/pk/dk|1|1|secret-dk-1', expiresAt: null }],
    });
  });

  it('leaves a tombstone that says which revision it stands for', async () => {
    const log = new LogBuilder();
    const { mapper } = given('bulk', log);
    log.registered('dk');
    log.device('dk', 'DeviceDeleted', {});
    const records = await mapper.map(log.events);
    expect(on(records, TOPICS.state)).toMatchObject([{ key: 'default/pk/dk', value: null }]);
    expect(on(records, TOPICS.credentials)).toMatchObject([{ key: 'default/pk/dk', value: null }]);
    expect(credentialsOf(records)).toEqual([
      {
        kind: 'gone',
        incarnation: 1,
        tenant: 'default',
        productKey: 'pk',
        deviceKey: 'dk',
        deviceId: 'id-dk-1',
        generation: 1,
        revision: 2,
        position: 2,
        keyEpoch: 4,
      },
    ]);
  });

  it('leaves the same of a life whose registration has expired', async () => {
    const told = async (type: 'DeviceDeleted' | 'RegistrationExpired') => {
      const log = new LogBuilder();
      log.registered('dk');
      log.device('dk', type, {
        ...{ registeredAt: '2030-01-01T00:00:00.000Z', registrationTimeoutSeconds: 1 },
      });
      const records = await given('bulk', log).mapper.map(log.events);
      const fast = await given('fast', log).mapper.map(log.events);
      return {
        state: on(records, TOPICS.state).map(({ key, value }) => [key, value]),
        credentials: credentialsOf(records),
        restrictions: credentialsOf(fast, TOPICS.restrictions),
      };
    };
    const expired = await told('RegistrationExpired');
    expect(expired).toEqual(await told('DeviceDeleted'));
    expect(expired.restrictions).toMatchObject([{ kind: 'gone', deviceId: 'id-dk-1' }]);
  });

  it('folds up to the batch’s last event, though the stream has gone on', async () => {
    const log = new LogBuilder();
    const { mapper } = given('bulk', log);
    log.registered('dk');
    const second = log.device('dk', 'DeviceDisabled', { reason: null });
    log.device('dk', 'DeviceEnabled', {});
    const records = await mapper.map([second]);
    expect(credentialsOf(records)).toMatchObject([{ disabled: true, revision: 2 }]);
  });

  it('reads no stream that begins in its batches or that it remembers', async () => {
    const log = new LogBuilder();
    const { mapper, opened } = given('bulk', log);
    await mapper.map([log.registered('dk')]);
    await mapper.map([log.device('dk', 'DeviceDisabled', { reason: null })]);
    const last = await mapper.map([log.device('dk', 'DeviceEnabled', {})]);
    expect(credentialsOf(last)).toMatchObject([{ disabled: false, revision: 3 }]);
    expect(log.reads).toBe(0);
    expect(opened).toEqual(['secret-dk-1']);
  });

  it('answers the same after it forgot, and when its memory is small', async () => {
    const log = new LogBuilder();
    const keys = ['a', 'b', 'c', 'd'];
    keys.forEach((key) => log.registered(key));
    keys.forEach((key) => log.device(key, 'DeviceDisabled', { reason: key }));
    keys.forEach((key) => log.device(key, 'DeviceEnabled', {}));
    const pages = [0, 4, 8].map((at) => log.events.slice(at, at + 4));
    const tell = async (remembered: number, forgetful: boolean) => {
      const { mapper } = given('bulk', log, remembered);
      const told = [];
      for (const page of pages) {
        told.push(...(await mapper.map(page)));
        if (forgetful) mapper.forget();
      }
      return told;
    };
    const wanted = await tell(100, false);
    expect(await tell(100, true)).toEqual(wanted);
    expect(await tell(2, false)).toEqual(wanted);
  });

  it('tells a page again as it told it before', async () => {
    const log = new LogBuilder();
    const { mapper } = given('bulk', log);
    log.registered('dk');
    log.device('dk', 'DeviceDisabled', { reason: null });
    const page = log.events.slice(0, 1);
    const first = await mapper.map(page);
    await mapper.map(log.events.slice(1));
    expect(await mapper.map(page)).toEqual(first);
  });

  it('tells a product under its own key', async () => {
    const log = new LogBuilder();
    const { mapper } = given('bulk', log);
    log.product('ProductCreated', {
      tenant: 'default',
      name: 'Boiler',
      dialect: 'alibaba',
      dynamicActivation: true,
      registrationFree: false,
      maxUnits: 5,
      silenceSeconds: null,
      silenceCounts: 'packet',
      certificateRequired: false,
      secretVersion: 1,
      secretId: 'ps-1',
    });
    log.product('SecretRead', { secretVersions: [1] });
    const records = await mapper.map(log.events);
    // A look takes a place in the stream, but is no new revision of the product.
    expect(on(records, TOPICS.state)[0]?.headers).toMatchObject({ ce_streamversion: '2' });
    expect(valueOf(on(records, TOPICS.state)[0])).toMatchObject({ name: 'Boiler', revision: 1 });
    expect(credentialsOf(records)).toMatchObject([
      {
        kind: 'product',
        dialect: 'alibaba',
        secrets: [{ version: 1, sealed: 'default/pk|0|1|ps-1' }],
      },
    ]);
    const gone = await mapper.map([log.product('ProductDeleted', {})]);
    expect(credentialsOf(gone)).toMatchObject([{ kind: 'gone', deviceKey: null, generation: 0 }]);
  });

  it('passes over the bookkeeping of device ids', async () => {
    const log = new LogBuilder();
    const { mapper } = given('bulk', log);
    expect(await mapper.map([log.other('device-id/x', 'DeviceIdReserved')])).toEqual([]);
  });

  it('stops at an event of a newer release', async () => {
    const log = new LogBuilder();
    const { mapper } = given('bulk', log);
    const strange = log.other('device/default/pk/dk', 'DeviceRegistered', 2);
    const failure: unknown = await mapper.map([strange]).catch((error: unknown) => error);
    expect(isPortError(failure, 'misconfigured')).toBe(true);
  });
});

describe('the fast lane, given a batch of events', () => {
  it('tells the credential alone, as the stream stands now', async () => {
    const log = new LogBuilder();
    const { mapper } = given('fast', log);
    log.registered('dk');
    const disabled = log.device('dk', 'DeviceDisabled', { reason: null });
    log.device('dk', 'DeviceDetailsChanged', { name: 'North' });
    const records = await mapper.map([disabled]);
    expect(records).toHaveLength(1);
    expect(credentialsOf(records, TOPICS.restrictions)).toMatchObject([
      { kind: 'device', disabled: true, revision: 3, position: 3 },
    ]);
  });

  it('says in full what is gone', async () => {
    const log = new LogBuilder();
    const { mapper } = given('fast', log);
    log.registered('dk');
    const [record] = await mapper.map([log.device('dk', 'DeviceDeleted', {})]);
    expect(record?.value).not.toBeNull();
    expect(valueOf(record)).toMatchObject({ kind: 'gone', deviceId: 'id-dk-1', revision: 2 });
  });

  it('carries a registration only where a device claimed it', async () => {
    const log = new LogBuilder();
    const { mapper } = given('fast', log);
    expect(await mapper.map([log.registered('a')])).toEqual([]);
    expect(await mapper.map([log.registered('b', 1, 'claim')])).toHaveLength(1);
  });

  it('tells a new life after a deleted one', async () => {
    const log = new LogBuilder();
    const { mapper } = given('fast', log);
    log.registered('dk');
    await mapper.map([log.device('dk', 'DeviceDeleted', {})]);
    log.registered('dk', 2);
    const records = await mapper.map([log.device('dk', 'DeviceDisabled', { reason: null }, 2)]);
    expect(credentialsOf(records, TOPICS.restrictions)).toMatchObject([
      { kind: 'device', deviceId: 'id-dk-2', generation: 2, revision: 4 },
    ]);
  });
});

describe('ticks', () => {
  it('go to every partition of the lane’s own topic, under no device’s key', () => {
    const { mapper } = given('bulk', new LogBuilder());
    const ticks = mapper.ticks({ identity, upTo: 7, upToTime: 9, transient: false });
    expect(ticks.map(({ topic, partition, key }) => [topic, partition, key])).toEqual([
      [TOPICS.credentials, 0, 'tick'],
      [TOPICS.credentials, 1, 'tick'],
      [TOPICS.credentials, 2, 'tick'],
    ]);
    expect(valueOf(ticks[0])).toEqual({
      ...{ kind: 'tick', lane: 'bulk', ...identity, upTo: 7, upToTime: 9 },
    });
  });

  it('need not outlive the process when idle', () => {
    const { mapper } = given('fast', new LogBuilder());
    const [tick] = mapper.ticks({ identity, upTo: 7, upToTime: 9, transient: true });
    expect(tick).toMatchObject({ topic: TOPICS.restrictions, transient: true });
  });
});
