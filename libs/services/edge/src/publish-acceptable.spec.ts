import { PortError } from '@tallystick/kernel';
import { acceptableBytes, type BusRecord } from '@tallystick/ports';
import { beforeEach, describe, expect, it } from 'vitest';
import { metricsText } from './metrics/process-metrics.ts';
import { nameSetAside, publishAcceptable } from './publish-acceptable.ts';

const TOPIC = 'events';
const record = (key: string, bytes = 5): BusRecord => ({
  ...{ topic: TOPIC, key, value: 'x'.repeat(bytes), headers: { ce_type: 'Some' } },
});
let published: (string | null)[] = [];
const publisher = {
  publish: async (records: readonly BusRecord[]): Promise<void> => {
    await Promise.resolve();
    for (const one of records) acceptableBytes(one);
    published.push(...records.map(({ key }) => key));
  },
};

beforeEach(() => (published = []));

const counted = async (): Promise<number> => {
  const { text } = await metricsText();
  return Number(/^tallystick_set_aside_total\{what="telemetry"\} (\d+)/m.exec(text)?.[1]);
};

describe('publishing what the bus takes', () => {
  it('given some records that the bus will never take, then only those are set aside, and the others keep their order', async () => {
    const keys = ['a', 'b', 'BAD', 'c', 'd', 'e', 'WORSE'];
    const records = keys.map((key) => record(key, key.length > 1 ? 950_000 : 5));
    const aside: unknown[] = [];
    await publishAcceptable(publisher, records, ({ key }) => aside.push(key));
    expect(aside).toEqual(['BAD', 'WORSE']);
    expect(published).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('given a bus that is away, then it rejects, and nothing is handed aside', async () => {
    const away = { publish: () => Promise.reject(new PortError('unavailable', 'away')) };
    const aside: unknown[] = [];
    const publishing = publishAcceptable(away, [record('a')], (one) => aside.push(one));
    await expect(publishing).rejects.toMatchObject({ code: 'unavailable' });
    expect(aside).toEqual([]);
  });

  it('is named in log and metric by where it was to go and its size, without what it says', async () => {
    const before = await counted();
    const lines: unknown[] = [];
    const quiet = (): void => undefined;
    const logger = {
      info: quiet,
      warn: quiet,
      debug: quiet,
      error: (line: unknown) => void lines.push(line),
    };
    const secret = { ...record('default/pk/dn'), value: 'a secret' };
    nameSetAside(logger, 'telemetry')(secret, 'too large');
    expect(lines).toMatchObject([
      {
        what: 'telemetry',
        topic: TOPIC,
        recordKey: 'default/pk/dn',
        kind: 'Some',
        why: 'too large',
      },
    ]);
    expect(JSON.stringify(lines)).not.toContain('a secret');
    expect(await counted()).toBe(before + 1);
  });
});
