// The relay in a process of its own: the store it reads, its mapping and sealing, and both lanes.
import { createSecretKey, randomBytes } from 'node:crypto';
import {
  createDistributionSealer,
  createRelayMapper,
  createSecretVault,
} from '@tallystick/application';
import { TOPIC_DEFINITIONS } from '@tallystick/contracts';
import { createEventBus, runRelay, type RelayLane } from '@tallystick/event-bus';
import { createEventStore, type OpenedEventStore } from '@tallystick/event-store';
import type { RelayMapper } from '@tallystick/ports';
import { systemClock, systemIds } from '@tallystick/services-edge';
import { answerQuestions } from '../parts/answer.ts';
import { cpuMicroseconds } from '../../stack/proc.ts';
import { watchBulk } from './bulk-watch.ts';
import type { RelayAnswer, Relayed, RelayQuestion } from './relay.types.ts';
import { seedStore, type Sealing } from './seed-store.ts';

const key = createSecretKey(randomBytes(32));
const log = {
  info: (): void => undefined,
  warn: (fields: object, message: string): void =>
    void process.stderr.write(`${message} ${JSON.stringify(fields)}\n`),
};
let opened: OpenedEventStore | undefined;

function sealingOf({ secrets: store }: OpenedEventStore): Sealing {
  const keyRing = [{ id: 'k1', key }] as const;
  return {
    vault: createSecretVault({ store, keyRing, ids: systemIds, clock: systemClock }),
    sealer: createDistributionSealer({ epochKey: { epoch: 1, key }, ids: systemIds }),
  };
}

async function seed(file: string, count: number): Promise<void> {
  opened = await createEventStore({ databaseUrl: null, file });
  await seedStore(opened, sealingOf(opened), count);
}

async function relayAll(brokers: string, topicPrefix: string): Promise<Relayed> {
  if (opened === undefined) throw new Error('nothing has been seeded');
  const { store, tail, leadership } = opened;
  const bus = await createEventBus({ brokers: brokers.split(','), topicPrefix });
  await bus.ensureTopics(TOPIC_DEFINITIONS);
  const events = await store.head();
  const watch = watchBulk(bus, events);
  const sealing = sealingOf(opened);
  const mapper = (lane: RelayLane): RelayMapper =>
    createRelayMapper({ lane, store, bus, ids: systemIds, ...sealing });
  const mappers = { fast: mapper('fast'), bulk: mapper('bulk') };
  const shared = { leadership, store, tail, mappers, clock: systemClock, log };
  const relay = runRelay({ ...shared, bus: watch.bus });
  const began = await watch.began;
  const cpuBefore = cpuMicroseconds(process.pid);
  const through = await watch.through;
  const cpuSeconds = (cpuMicroseconds(process.pid) - cpuBefore) / 1e6;
  await relay.stop();
  await bus.close();
  const { batches, records, sample } = watch;
  return { events, seconds: (through - began) / 1000, cpuSeconds, batches, records, sample };
}

async function makeTopics(brokers: string, topicPrefix: string): Promise<void> {
  const bus = await createEventBus({ brokers: brokers.split(','), topicPrefix });
  await bus.ensureTopics(TOPIC_DEFINITIONS);
  await bus.close();
}

async function answer(question: RelayQuestion): Promise<RelayAnswer> {
  if (question.kind === 'seed') {
    await seed(question.file, question.count);
    return { kind: 'seeded' };
  }
  if (question.kind === 'topics') {
    await makeTopics(question.brokers, question.prefix);
    return { kind: 'made' };
  }
  return { kind: 'relayed', relayed: await relayAll(question.brokers, question.prefix) };
}

answerQuestions(answer);
