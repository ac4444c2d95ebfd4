import { randomBytes } from 'node:crypto';
import { parseCredentialRecord, TOPICS } from '@tallystick/contracts';
import { createEventStore, type OpenedEventStore } from '@tallystick/event-store';
import type { StoredEvent } from '@tallystick/ports';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { specDatabase } from '@tallystick/event-store/testing';
import { until } from '../stack/processes.ts';
import { readTopic, type KafkaReader, type ReadRecord } from './harness/kafka-reader.ts';
import { startRelayProcess, type RelayProcess } from './harness/relay-process.ts';
import { StoreWriter } from './harness/store-writer.ts';

const PREFIX = `fence-${randomBytes(4).toString('hex')}.`;
const PARTITIONS = 12;
/** Positions that a leader relays before the next turn of the story. */
const STEP = 2000;
const KEY = randomBytes(32).toString('base64');

const versionOf = (record: ReadRecord): number => Number(record.headers['ce_streamversion']);
const credentialOf = ({ key, value, headers }: ReadRecord) =>
  parseCredentialRecord({ key, value: value === null ? null : Buffer.from(value), headers });

describe('two relays over one store, the leader stopped in the middle of its work', () => {
  let opened: OpenedEventStore;
  let writer: StoreWriter;
  const relays: RelayProcess[] = [];
  const readers: KafkaReader[] = [];
  const said = (): string => relays.map((relay) => relay.log()).join('\n');

  /** Waits for a relay; what the relays logged says why not. */
  const wait = (what: string, relay: RelayProcess, ask: () => boolean): Promise<void> =>
    until(`${relay.name} ${what}`, 60_000, () => {
      if (relay.ended()) throw new Error(`${relay.name} has ended`);
      return ask();
    }).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${said()}`);
    });
  const leads = (relay: RelayProcess): Promise<void> =>
    wait('leads', relay, () => relay.status()?.leading ?? false);
  const moves = (relay: RelayProcess): Promise<void> => {
    const from = relay.status()?.lanes.bulk.position ?? 0;
    const beyond = (): boolean => (relay.status()?.lanes.bulk.position ?? 0) >= from + STEP;
    return wait('relays', relay, beyond);
  };
  const read = async (topic: string): Promise<KafkaReader> => {
    const reader = await readTopic(inject('kafkaBrokers'), `${PREFIX}${topic}`);
    readers.push(reader);
    return reader;
  };

  async function logOfTheStore(): Promise<readonly StoredEvent[]> {
    const all: StoredEvent[] = [];
    for (;;) {
      const page = await opened.store.readAll({ after: all.length, limit: 5000 });
      all.push(...page.events);
      if (page.through >= page.head) return all;
    }
  }

  beforeAll(async () => {
    const database = specDatabase(inject('databaseUrl'), 'fence');
    const databaseUrl = database.url;
    await database.create();
    const settings = {
      KAFKA_BROKERS: inject('kafkaBrokers'),
      DATABASE_URL: databaseUrl,
      RELAY_PREFIX: PREFIX,
      RELAY_KEY: KEY,
    };
    opened = await createEventStore({ databaseUrl, file: '' });
    writer = new StoreWriter(opened, KEY);
    const first = startRelayProcess('first', settings);
    relays.push(first);
    await leads(first);
    const second = startRelayProcess('second', settings);
    relays.push(second);
    await wait('waits', second, () => second.status() !== null);
    await playTheStory();
  });
  afterAll(async () => {
    await writer.stop();
    await Promise.all([...relays.map((relay) => relay.end()), ...readers.map((r) => r.stop())]);
    await opened.close();
  });

  /**
   * Each in turn leads, is stopped while it relays, and wakes up when the other has long taken
   * over.
   */
  async function playTheStory(): Promise<void> {
    const [first, second] = relays;
    if (first === undefined || second === undefined) throw new Error('two relays were started');
    writer.start();
    await moves(first);
    for (const [leader, other] of [
      [first, second],
      [second, first],
    ] as const) {
      await leads(leader);
      leader.pause();
      await leads(other);
      await moves(other);
      leader.resume();
      await wait('knows', leader, () => leader.status()?.leading === false);
      await moves(other);
    }
    await writer.stop();
  }

  it('gives a reader of committed records every event once, per key in order', async () => {
    const wanted = await logOfTheStore();
    const reader = await read(TOPICS.events);
    await reader.until('all events are there', (all) => all.length >= wanted.length, 120_000);
    const ids = reader.records.map((record) => record.headers['ce_id']);
    expect(new Set(ids).size).toBe(ids.length);
    expect(new Set(ids)).toEqual(new Set(wanted.map(({ id }) => id)));
    for (const records of Map.groupBy(reader.records, ({ key }) => key).values())
      expect(records.map(versionOf)).toEqual(records.map((_, index) => index + 1));
  });

  it('ends with the newest revision of every key', async () => {
    const newest = new Map((await logOfTheStore()).map((event) => [event.stream, event]));
    const reader = await read(TOPICS.state);
    const last = (): ReadonlyMap<string | undefined, ReadRecord> =>
      new Map(reader.records.map((record) => [record.headers['ce_stream'], record]));
    const complete = (): boolean => {
      const found = last();
      return [...newest.values()].every(({ stream, revision }) => {
        const record = found.get(stream);
        return record !== undefined && versionOf(record) >= revision;
      });
    };
    await reader.until('the state of every key is the newest', complete, 120_000);
    for (const { stream, revision, type } of newest.values()) {
      const record = last().get(stream);
      expect(record && versionOf(record)).toBe(revision);
      expect(record?.value === null).toBe(type === 'DeviceDeleted');
    }
  });

  it.each([TOPICS.credentials, TOPICS.restrictions])(
    'never writes to %s what a tick before it had promised',
    async (topic) => {
      const log = await logOfTheStore();
      const reader = await read(topic);
      const head = log.length;
      const passed = (all: readonly ReadRecord[]): boolean => {
        const done = all.filter((record) => {
          const credential = credentialOf(record);
          return credential?.kind === 'tick' && credential.upTo >= head;
        });
        return new Set(done.map(({ partition }) => partition)).size === PARTITIONS;
      };
      await reader.until('the ticks of all partitions have reached the head', passed, 120_000);
      const promised = new Map<number, number>();
      const newest = new Map<string | null, number>();
      for (const record of reader.records) {
        const credential = credentialOf(record);
        expect(credential).not.toBeNull();
        const { partition, key } = record;
        const said = promised.get(partition) ?? 0;
        if (credential?.kind === 'tick') {
          promised.set(partition, Math.max(said, credential.upTo));
        } else if (credential) {
          expect(credential.position).toBeGreaterThan(said);
          // The fast lane may tell a revision twice: it carries the state as it is when the event
          // is relayed.
          expect(credential.revision).toBeGreaterThanOrEqual(newest.get(key) ?? 0);
          newest.set(key, credential.revision);
        }
      }
      expect(newest.size).toBe(writer.keys.length);
    },
  );
});
