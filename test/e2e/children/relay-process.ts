// A process that does nothing but campaign for the relay, so that a spec can stop it in the middle
// of its work.
import { createSecretKey } from 'node:crypto';
import {
  createDistributionSealer,
  createRelayMapper,
  createSecretVault,
} from '@tallystick/application';
import { TOPIC_DEFINITIONS } from '@tallystick/contracts';
import { createEventBus, runRelay, type RelayLane } from '@tallystick/event-bus';
import { createEventStore } from '@tallystick/event-store';
import type { RelayMapper } from '@tallystick/ports';
import { systemClock, systemIds } from '@tallystick/services-edge';

const setting = (name: string): string => {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
};

const key = createSecretKey(Buffer.from(setting('RELAY_KEY'), 'base64'));
const opened = await createEventStore({ databaseUrl: setting('DATABASE_URL'), file: '' });
const bus = await createEventBus({
  brokers: [setting('KAFKA_BROKERS')],
  topicPrefix: setting('RELAY_PREFIX'),
});
await bus.ensureTopics(TOPIC_DEFINITIONS);

const vault = createSecretVault({
  store: opened.secrets,
  keyRing: [{ id: 'k1', key }],
  ids: systemIds,
  clock: systemClock,
});
const sealer = createDistributionSealer({ epochKey: { epoch: 1, key }, ids: systemIds });
const mapper = (lane: RelayLane): RelayMapper =>
  createRelayMapper({ lane, store: opened.store, bus, ids: systemIds, vault, sealer });

const relay = runRelay({
  leadership: opened.leadership,
  store: opened.store,
  tail: opened.tail,
  bus,
  mappers: { fast: mapper('fast'), bulk: mapper('bulk') },
  clock: systemClock,
  log: {
    info: (fields, message) => process.stderr.write(`${message} ${JSON.stringify(fields)}\n`),
    warn: (fields, message) => process.stderr.write(`${message} ${JSON.stringify(fields)}\n`),
  },
});

let said = '';
const timer = setInterval(() => {
  const status = JSON.stringify(relay.status());
  if (status === said) return;
  said = status;
  process.stdout.write(`${status}\n`);
}, 50);

process.once('SIGTERM', () => {
  clearInterval(timer);
  void relay
    .stop()
    .then(() => bus.close())
    .then(() => opened.close())
    .then(() => process.exit(0));
});
