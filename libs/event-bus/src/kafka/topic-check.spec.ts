import { describe, expect, it } from 'vitest';
import {
  configOf,
  findDifferences,
  findUnfit,
  needsStamp,
  type FoundTopic,
} from './topic-check.ts';

const history = {
  spec: { name: 'identity.events.v1', partitions: 'default', kept: { by: 'age', hours: null } },
  ...{ fullName: 'x.identity.events.v1', partitions: 12, replication: 3, minInsync: 2 },
} as const;
const compacted = {
  spec: {
    name: 'internal.credentials.v1',
    partitions: 'default',
    kept: { by: 'key' },
    stampedBy: 'log',
  },
  ...{ fullName: 'x.internal.credentials.v1', partitions: 12, replication: 3, minInsync: 2 },
} as const;

const found = (
  wanted: typeof history | typeof compacted,
  over: Partial<Omit<FoundTopic, 'config'>> = {},
  config: Readonly<Record<string, string>> = {},
): FoundTopic => ({
  ...{ partitions: wanted.partitions, replication: wanted.replication, ...over },
  config: new Map(Object.entries({ ...configOf(wanted), ...config })),
});

describe('a topic that is already there', () => {
  it('given one as it would be made, then there is nothing to say', () => {
    for (const wanted of [history, compacted]) {
      expect(findUnfit(wanted, found(wanted))).toBeNull();
      expect(findDifferences(wanted, found(wanted))).toEqual([]);
      expect(needsStamp(wanted, found(wanted))).toBe(false);
    }
  });

  it('given another partition count, then it is refused by name, with what to do', () => {
    const unfit = findUnfit(history, found(history, { partitions: 1 }));
    expect(unfit).toContain('x.identity.events.v1 has 1 partitions and needs 12');
    expect(unfit).toContain('TALLYSTICK_PARTITIONS');
    expect(unfit).toContain('auto.create.topics.enable');
  });

  it.each([
    [history, 'compact', 'delete'],
    [compacted, 'delete', 'compact'],
    [compacted, 'compact,delete', 'compact'],
  ])('given the wrong cleanup policy, then it is refused (%#)', (wanted, policy, needed) => {
    const unfit = findUnfit(wanted, found(wanted, {}, { 'cleanup.policy': policy }));
    expect(unfit).toContain(`cleanup.policy=${policy} and needs ${needed}`);
  });

  it('given a shorter retention and fewer copies, then they are told, and it is used', () => {
    const stands = found(history, { replication: 1 }, { 'retention.ms': '604800000' });
    expect(findUnfit(history, stands)).toBeNull();
    expect(findDifferences(history, stands)).toEqual([
      { name: 'replication factor', found: '1', wanted: '3' },
      { name: 'retention.ms', found: '604800000', wanted: '-1' },
    ]);
  });

  it('given the writers’ times where the log’s are needed, then its settings are to be changed', () => {
    const stands = { 'message.timestamp.type': 'CreateTime' };
    expect(needsStamp(compacted, found(compacted, {}, stands))).toBe(true);
    expect(needsStamp(history, found(history, {}, stands))).toBe(false);
  });
});
