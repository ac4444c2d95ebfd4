import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { problemsOf, type Listed, type SourceFile } from './conformance.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The suite of each port, and who runs it under which names. */
const LISTED: Listed = {
  suites: {
    Clock: 'clockConformance',
    DeviceListener: 'deviceListenerConformance',
    EventBus: 'eventBusConformance',
    EventStore: 'eventStoreConformance',
    IdempotencyStore: 'idempotencyStoreConformance',
    Ids: 'idsConformance',
    ImportJobs: 'importJobsConformance',
    Leadership: 'leadershipConformance',
    LogReader: 'logReaderConformance',
    SecretStore: 'secretStoreConformance',
    SqlDatabase: 'sqlDatabaseConformance',
    StoreTail: 'storeTailConformance',
    ViewStore: 'viewStoreConformance',
  },
  runs: {
    'libs/application/src/handlers/handlers-world.builder.ts': {
      EventStore: ['in memory, with faults'],
    },
    'libs/device-transport/src/http/http-listener.ts': { DeviceListener: ['HTTP'] },
    'libs/device-transport/src/mqtt/mqtt-listener.ts': {
      DeviceListener: ['MQTT', 'MQTT over WebSocket'],
    },
    'libs/event-bus/src/embedded/embedded-event-bus.ts': { EventBus: ['embedded in SQLite'] },
    'libs/event-bus/src/kafka/kafka-event-bus.ts': { EventBus: ['on Kafka'] },
    'libs/event-bus/src/relay/relay-world.builder.ts': { Clock: ['the clock of the relay specs'] },
    'libs/event-store/src/postgres/postgres-database.ts': { SqlDatabase: ['PostgreSQL'] },
    'libs/event-store/src/postgres/postgres-leadership.ts': { Leadership: ['PostgreSQL'] },
    'libs/event-store/src/sql/sql-event-store.ts': { EventStore: ['SQLite', 'PostgreSQL'] },
    'libs/event-store/src/sql/sql-idempotency-store.ts': {
      IdempotencyStore: ['SQLite', 'PostgreSQL'],
    },
    'libs/event-store/src/sql/sql-log-reader.ts': { LogReader: ['SQLite', 'PostgreSQL'] },
    'libs/event-store/src/sql/sql-secret-store.ts': { SecretStore: ['SQLite', 'PostgreSQL'] },
    'libs/event-store/src/sql/sql-store-tail.ts': { StoreTail: ['SQLite', 'PostgreSQL'] },
    'libs/event-store/src/sqlite/process-leadership.ts': { Leadership: ['SQLite'] },
    'libs/event-store/src/sqlite/sqlite-database.ts': { SqlDatabase: ['SQLite'] },
    'libs/projections/src/stores/lmdb/lmdb-view-store.ts': { ViewStore: ['LMDB'] },
    'libs/services/edge/src/bus-clock.ts': { Clock: ['the time of the log'] },
    'libs/services/edge/src/system-ids.ts': {
      Clock: ["the machine's clock"],
      Ids: ['the ids of chance'],
    },
    'libs/services/registry/src/imports/giving-way.ts': { EventStore: ['in memory, giving way'] },
    'libs/services/registry/src/imports/sql-import-jobs.ts': {
      ImportJobs: ['SQLite', 'PostgreSQL'],
    },
    'libs/services/registry/src/timed-store.ts': { EventStore: ['in memory, timed'] },
    'libs/test-kit/src/beside-store/in-memory-idempotency-store.ts': {
      IdempotencyStore: ['in memory'],
    },
    'libs/test-kit/src/beside-store/in-memory-secret-store.ts': { SecretStore: ['in memory'] },
    'libs/test-kit/src/event-bus/in-memory-event-bus.ts': {
      EventBus: ['in memory, ${partitions} partitions'],
    },
    'libs/test-kit/src/event-store/in-memory-event-store.ts': { EventStore: ['in memory'] },
    'libs/test-kit/src/time-and-ids/time-and-ids.ts': {
      Clock: ['the fixed clock'],
      Ids: ['the seeded ids'],
    },
    'libs/test-kit/src/view-store/in-memory-view-store.ts': {
      ViewStore: ['the in-memory view store'],
    },
  },
  apart: {
    'libs/device-transport/src/http/testing/listen-for.ts': 'opens HTTP',
    'libs/device-transport/src/mqtt/testing/listen-for.ts': 'opens MQTT, bare and over WebSocket',
    'libs/services/auth-gateway/src/http/open-device-http.ts': 'opens HTTP',
    'libs/services/auth-gateway/src/composition/listeners.ts': 'opens MQTT twice',
    'libs/services/registry/src/imports/import-process.builder.ts':
      'the stores of a database, which die when a spec says so',
    'libs/event-bus/src/create-event-bus.ts': 'opens the embedded bus or Kafka',
    'libs/event-bus/src/kafka/fixtures/kafka-spec-bus.ts': 'opens Kafka',
  },
};

function read(pattern: string, exclude: (path: string) => boolean): readonly SourceFile[] {
  return globSync(pattern, { cwd: root, exclude: (path) => /node_modules|dist$/.test(path) })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => !exclude(path))
    .map((path) => ({ path, text: readFileSync(`${root}/${path}`, 'utf8') }));
}

const SOURCES = read(
  '{apps,libs,libs/services}/*/src/**/*.ts',
  (path) => /\.(spec|conformance)\.ts$/.test(path) || path.startsWith('libs/ports/'),
);
const SPECS = read('libs/**/src/**/*.spec.ts', () => false);

describe('the conformance suite of each port', () => {
  it('is run by every adapter and every double, and by nobody who is not there', () => {
    expect(problemsOf(SOURCES, SPECS, LISTED)).toEqual([]);
  });

  it('is named for every port that has its own file', () => {
    const ports = read('libs/ports/src/*.port.ts', () => false).filter(
      // What the application hands to the relay is asked of nobody outside.
      ({ path }) => !path.endsWith('/relay.port.ts'),
    );
    const named = Object.keys(LISTED.suites);
    const bare = ports.filter(
      ({ text }) => !named.some((port) => new RegExp(`interface ${port}\\b`).test(text)),
    );
    expect(bare.map(({ path }) => path)).toEqual([]);
  });
});

describe('the gate itself fails', () => {
  const listed: Listed = {
    suites: { ViewStore: 'viewStoreConformance' },
    runs: { 'libs/x/src/lmdb.ts': { ViewStore: ['LMDB'] } },
    apart: {},
  };
  const lmdb = {
    path: 'libs/x/src/lmdb.ts',
    text: 'export async function open(path: string): Promise<ViewStore> {\n}',
  };
  const spec = { path: 'libs/x/src/lmdb.spec.ts', text: "viewStoreConformance('LMDB', {})" };

  it('not for an adapter that runs its suite', () => {
    expect(problemsOf([lmdb], [spec], listed)).toEqual([]);
  });

  it('for an adapter whose suite no spec calls', () => {
    const other = { ...spec, text: "viewStoreConformance('another', {})" };
    expect(problemsOf([lmdb], [other], listed)).toEqual([
      "libs/x/src/lmdb.ts: no spec calls viewStoreConformance('LMDB', …)",
    ]);
  });

  it.each([
    'export class Redis implements ViewStore {',
    'class Redis<T> extends Base implements Closing, ViewStore {',
    'export function createRedis(url: string, told: (of: string) => void): ViewStore {',
    'export const redis: ViewStore = {',
    'export const redis = async (url: string): Promise<ViewStore> => ({',
  ])('for an adapter that stands in no list: %s', (text) => {
    const redis = { path: 'libs/x/src/redis.ts', text };
    expect(problemsOf([lmdb, redis], [spec], listed)).toEqual([
      'libs/x/src/redis.ts makes a ViewStore and stands in no list',
    ]);
  });

  it('for one that is listed and makes no such port', () => {
    expect(problemsOf([{ ...lmdb, text: 'export {};' }], [spec], listed)).toEqual([
      'libs/x/src/lmdb.ts is listed for ViewStore, which it does not make',
    ]);
  });

  it('not for what only takes a port', () => {
    const taker = { path: 'libs/x/src/taker.ts', text: 'function take(store: ViewStore): void {' };
    expect(problemsOf([lmdb, taker], [spec], listed)).toEqual([]);
  });
});
