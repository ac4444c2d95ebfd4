import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { figureOf, median, type MeasuredFigure } from '../figure.ts';
import { startChild, type Child } from '../parts/child.ts';
import type { Bench, World } from '../world.ts';
import type {
  PeerAnswer,
  PeerQuestion,
  RelayAnswer,
  Relayed,
  RelayQuestion,
} from './relay.types.ts';

const NAME = 'relay to Kafka';
const ROUNDS = 3;

type RelayChild = Child<RelayQuestion, RelayAnswer>;

const newPrefix = (): string => `bench-${randomBytes(4).toString('hex')}.`;

async function relayOnce(child: RelayChild, brokers: string): Promise<Relayed> {
  const answer = await child.ask({ kind: 'relay', brokers, prefix: newPrefix() });
  if (answer.kind !== 'relayed') throw new Error('the relay did not relay');
  return answer.relayed;
}

/** Events a second for as many events as the relay's batches held. */
function peerRate(relayed: Relayed, peer: PeerAnswer): number {
  return ((relayed.events / relayed.records) * peer.records) / peer.seconds;
}

async function run(world: World): Promise<readonly MeasuredFigure[]> {
  const { scope, sizes, say } = world;
  const { kafkaBrokers } = await world.stack();
  const relay: RelayChild = scope.keep(
    await startChild(new URL('relay.child.ts', import.meta.url)),
  );
  const peer = scope.keep(
    await startChild<PeerQuestion, PeerAnswer>(new URL('kafkajs-peer.child.ts', import.meta.url)),
  );
  const count = sizes.of(50_000, 5_000);
  say(`${count} registrations into the store`);
  await relay.ask({ kind: 'seed', file: join(scope.folder(), 'store.db'), count });
  const ours: Relayed[] = [];
  const bare: number[] = [];
  for (let round = 1; round <= ROUNDS; round += 1) {
    const relayed = await relayOnce(relay, kafkaBrokers);
    ours.push(relayed);
    const { batches, sample: batch } = relayed;
    const common = { brokers: kafkaBrokers, prefix: newPrefix() };
    await relay.ask({ kind: 'topics', ...common });
    bare.push(peerRate(relayed, await peer.ask({ ...common, batches, batch })));
    say(`round ${round} of ${ROUNDS}: ${(relayed.events / relayed.seconds).toFixed(0)} events/s`);
  }
  const cpu = median(ours.map(({ cpuSeconds, events }) => (cpuSeconds / events) * 1e6));
  const [first] = ours;
  const figure = figureOf({
    ...{ name: NAME, unit: 'events/s' },
    rounds: ours.map(({ events, seconds }) => events / seconds),
    peer: { name: 'bare idempotent kafkajs, the same records in equal batches', rounds: bare },
    aim: { of: 'ratio', is: 'at least', than: 0.7 },
    boundBy: "kafkajs' encoding of records and the broker on the same cores",
    note: `${count} events as ${first?.records} records in ${first?.batches} transactions, ${cpu.toFixed(0)} us of the relay's CPU an event`,
  });
  return [figure];
}

export const relayBench: Bench = { id: 'relay', names: [NAME], run };
