import kafkajs from 'kafkajs';
import { expect, it } from 'vitest';
import { tellDriverEntry } from './driver-log.ts';

it('what kafkajs calls an error and then retries is no warning of ours, and no payload passes', () => {
  const told: unknown[] = [];
  const extra = { broker: 'b:9092', retryCount: 1, payload: Buffer.from('secret') };
  tellDriverEntry((...line) => void told.push(line), {
    namespace: 'Connection',
    level: kafkajs.logLevel.ERROR,
    label: 'ERROR',
    log: { timestamp: '', message: 'There is no leader for this topic-partition', ...extra },
  });
  expect(told).toEqual([
    [
      'debug',
      'kafka Connection: There is no leader for this topic-partition',
      { broker: 'b:9092', retryCount: 1 },
    ],
  ]);
});
