import { TOPICS } from '@tallystick/contracts';
import type { EpochMs } from '@tallystick/kernel';
import type { DeliveredRecord, SubscribeOptions } from '@tallystick/ports';
import { toEventId, type LeftOff } from './last-event-id.ts';

export interface ProgressQuestion {
  readonly topic: string;
  readonly from: 'earliest' | 'latest' | number;
  /** null: a reader that saw nothing yet. */
  readonly leftOff: LeftOff | null;
}

/** How far one reader has come, and what of the bus it is to be told. */
export interface Progress {
  readonly reading: Pick<SubscribeOptions, 'from' | 'onAssigned'>;
  /** False: not asked for, or told before. */
  wants(record: DeliveredRecord): boolean;
  passed(record: DeliveredRecord): void;
  /** The id of the event that was last passed. */
  eventId(record: DeliveredRecord): string;
}

/** NaN for an event that stands in no stream. */
function positionOf({ headers }: DeliveredRecord): number {
  return Number(headers['ce_globalposition'] ?? Number.NaN);
}

function beginningOf({ from, leftOff }: ProgressQuestion, now: EpochMs): LeftOff {
  if (leftOff !== null) return leftOff;
  const position = typeof from === 'number' ? from - 1 : 0;
  return { position: Math.max(0, position), since: from === 'latest' ? now : 0, next: new Map() };
}

export function createProgress(
  question: ProgressQuestion,
  partitions: number,
  now: EpochMs,
): Progress {
  const { topic, from, leftOff } = question;
  const { position: told, since, next: places } = beginningOf(question, now);
  const next = new Map(places);
  const silent = (partition: number): boolean => leftOff !== null && !places.has(partition);
  // In one partition the relay writes in position order: there a position says all.
  const ordered = topic === TOPICS.events && partitions === 1;
  const starts = () =>
    Promise.resolve([...next].map(([partition, offset]) => ({ topic, partition, offset })));
  const fresh = from === 'latest' ? 'latest' : 'earliest';

  return {
    // Where a partition is taken up again, it goes on from where this reader now is.
    reading: leftOff === null ? { from: fresh } : { from: 'own', onAssigned: starts },
    wants: (record) =>
      !(positionOf(record) <= told) && !(silent(record.partition) && record.timestampMs < since),
    passed: ({ partition, offset }) => void next.set(partition, offset + 1),
    eventId: (record) =>
      ordered ? String(positionOf(record)) : toEventId({ position: told, since, next }),
  };
}
