import type { TopicSpec } from '@tallystick/ports';

const HOUR_MS = 3_600_000;
const STAMPED = 'message.timestamp.type';

/** What stands on the broker. */
export interface FoundTopic {
  readonly partitions: number;
  readonly replication: number;
  /** Its settings by name. */
  readonly config: ReadonlyMap<string, string>;
}

export interface WantedTopic {
  readonly spec: TopicSpec;
  readonly fullName: string;
  readonly partitions: number;
  readonly replication: number;
  readonly minInsync: number;
}

/**
 * A compacted topic is cleaned within half a day of a write, so that an overwritten secret does not
 * stay for weeks.
 */
function keptAs(kept: TopicSpec['kept']): Readonly<Record<string, string>> {
  if (kept.by === 'key')
    return {
      'cleanup.policy': 'compact',
      'min.cleanable.dirty.ratio': '0.1',
      'segment.bytes': String(64 * 1024 * 1024),
      'segment.ms': String(6 * HOUR_MS),
      'max.compaction.lag.ms': String(12 * HOUR_MS),
      'delete.retention.ms': String(24 * HOUR_MS),
    };
  return {
    'cleanup.policy': 'delete',
    'retention.ms': String(kept.hours === null ? -1 : kept.hours * HOUR_MS),
    'retention.bytes': '-1',
  };
}

/** The settings that a topic is made with. */
export function configOf({ spec, minInsync }: WantedTopic): Readonly<Record<string, string>> {
  return {
    'min.insync.replicas': String(minInsync),
    ...keptAs(spec.kept),
    ...(spec.stampedBy === 'log' ? { [STAMPED]: 'LogAppendTime' } : {}),
  };
}

const INSTEAD =
  'it was made by somebody else, perhaps by the broker itself for a reader that came too early (auto.create.topics.enable): stop the apps, delete it if nothing in it is needed, and start again';

/** Why this topic cannot be used at all; null: it can. */
export function findUnfit(wanted: WantedTopic, found: FoundTopic): string | null {
  const { spec, fullName, partitions } = wanted;
  if (found.partitions !== partitions) {
    const from = spec.partitions === 'default' ? ' (TALLYSTICK_PARTITIONS)' : '';
    return `topic ${fullName} has ${found.partitions} partitions and needs ${partitions}${from}; ${INSTEAD}`;
  }
  const policy = found.config.get('cleanup.policy');
  const needed = keptAs(spec.kept)['cleanup.policy'];
  if (policy !== undefined && policy !== needed && !needsCompaction(wanted, found))
    return `topic ${fullName} has cleanup.policy=${policy} and needs ${needed}; ${INSTEAD}`;
  return null;
}

export interface Difference {
  readonly name: string;
  readonly found: string;
  readonly wanted: string;
}

/** What is otherwise than a topic would be made now, and can be lived with. */
export function findDifferences(wanted: WantedTopic, found: FoundTopic): readonly Difference[] {
  const entries = Object.entries(configOf(wanted)).flatMap(([name, value]) => {
    const stands = found.config.get(name);
    return stands === undefined || stands === value ? [] : [{ name, found: stands, wanted: value }];
  });
  if (found.replication >= wanted.replication) return entries;
  const [stands, value] = [String(found.replication), String(wanted.replication)];
  return [{ name: 'replication factor', found: stands, wanted: value }, ...entries];
}

/** Whether the log's own time can be had by a change of the topic's settings. */
export function needsStamp({ spec }: WantedTopic, found: FoundTopic): boolean {
  return spec.stampedBy === 'log' && found.config.get(STAMPED) === 'CreateTime';
}

/**
 * Whether an earlier release made the topic, which forgot nothing, and it may be kept by key by a
 * change of its settings.
 */
export function needsCompaction({ spec: { kept } }: WantedTopic, { config }: FoundTopic): boolean {
  const was = config.get('cleanup.policy') === 'delete' && config.get('retention.ms') === '-1';
  return kept.by === 'key' && kept.formerlyForEver === true && was;
}

/** The settings of a topic of an earlier release that are changed. */
export function adjustmentsOf(
  wanted: WantedTopic,
  found: FoundTopic,
): Readonly<Record<string, string>> {
  return {
    ...(needsStamp(wanted, found) ? { [LOG_STAMP.name]: LOG_STAMP.value } : {}),
    ...(needsCompaction(wanted, found) ? keptAs(wanted.spec.kept) : {}),
  };
}

export const LOG_STAMP = { name: STAMPED, value: 'LogAppendTime' } as const;
