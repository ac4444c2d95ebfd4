// Our own code beside the library's that it stands in for, in turn, in one process.
import { createHmac } from 'node:crypto';
import { createRequire } from 'node:module';
import {
  createProduceRequest,
  PRODUCE_MODULE,
} from '../../../libs/event-bus/src/kafka/wire/kafkajs-patch.ts';
import type { ProduceParts } from '../../../libs/event-bus/src/kafka/wire/produce.codec.ts';
import { hmac } from '../../../libs/services/auth-gateway/src/decide/hmac.ts';
import { answerQuestions } from '../parts/answer.ts';
import type { Compared, OwnCodeLoad, OwnCodeMeasured } from './own-code.types.ts';

const RECORDS = 500;
const SECRET = Buffer.from('9f0e6dPq7xVw2kTz4mJc1b');
const content = (n: number): string =>
  `clientIdthermo.unit-${n}deviceNameunit-${n}productKeythermotimestamp2524608000000`;

/** As it stands in kafkajs, which nobody has patched in this process. */
const kafkajsRequest = createRequire(import.meta.url)(
  PRODUCE_MODULE,
) as typeof createProduceRequest;

function send(n: number): ProduceParts {
  const messages = Array.from({ length: RECORDS }, (_, at) => ({
    key: `default/thermo/unit-${n}-${at}`,
    value: JSON.stringify({ deviceId: `dv_${n}_${at}`, revision: 7, tags: { hall: 'b' }, at }),
    headers: { ce_id: `${n}-${at}`, ce_type: 'DeviceRegistered', ce_time: '2026-11-28T00:00:00Z' },
    timestamp: String(1_795_824_000_000 + at),
  }));
  const partitions = [{ partition: 0, firstSequence: n * RECORDS, messages }];
  return {
    ...{ transactionalId: 'relay-bulk', acks: -1, timeout: 30_000 },
    ...{ producerId: 4_001, producerEpoch: 12 },
    topicData: [{ topic: 'identity.state.v1', partitions }],
  };
}

async function microseconds(count: number, work: (n: number) => unknown): Promise<number> {
  const before = process.cpuUsage();
  for (let n = 0; n < count; n += 1) await work(n);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / count;
}

/** In turn, after one round that warms both up. */
async function compare(
  rounds: number,
  count: number,
  ours: (n: number) => unknown,
  peer: (n: number) => unknown,
): Promise<Compared> {
  const measured = { ours: [] as number[], peer: [] as number[] };
  for (let round = 0; round <= rounds; round += 1) {
    const each = [await microseconds(count, ours), await microseconds(count, peer)] as const;
    if (round === 0) continue;
    measured.ours.push(each[0]);
    measured.peer.push(each[1]);
  }
  return measured;
}

async function measure({ rounds, proofs, sends }: OwnCodeLoad): Promise<OwnCodeMeasured> {
  const requests = Array.from({ length: 20 }, (_, n) => send(n));
  const request = (n: number): ProduceParts => requests[n % requests.length] ?? send(n);
  const produce = await compare(
    rounds,
    sends,
    (n) => createProduceRequest(request(n)).encode(),
    (n) => kafkajsRequest(request(n)).encode(),
  );
  const aRecord = (values: readonly number[]): readonly number[] =>
    values.map((value) => value / RECORDS);
  return {
    hmac: await compare(
      rounds,
      proofs,
      (n) => hmac('sha256', SECRET, content(n)),
      (n) => createHmac('sha256', SECRET).update(content(n)).digest(),
    ),
    produce: { ours: aRecord(produce.ours), peer: aRecord(produce.peer) },
  };
}

answerQuestions(measure);
