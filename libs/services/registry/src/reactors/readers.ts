import { TOPICS } from '@tallystick/contracts';
import type { Ids, SubscribeOptions } from '@tallystick/ports';
import type { EffectsTracker } from '../effects/effects-tracker.ts';
import type { ExplainLog } from '../live/explain-log.ts';
import type { ActivationsReactor } from './activations.reactor.ts';
import { createEvidenceReactor } from './evidence.reactor.ts';
import type { Reactions } from './reactions.ts';

/** Each works off at most 32 first logins at a time. */
const PARTITIONS_AT_ONCE = 12;

export interface ReadersDeps {
  readonly ids: Ids;
  readonly tracker: EffectsTracker;
  readonly activations: ActivationsReactor;
  readonly explainLog: ExplainLog;
  readonly reactions: Reactions;
}

/**
 * All that a registry reads of the bus. Every registry reads what the gateways report; the rest is
 * shared out among them.
 */
export function createReaders(deps: ReadersDeps): readonly SubscribeOptions[] {
  const { ids, tracker, activations, explainLog, reactions } = deps;
  const shared = (group: string, topic: string) =>
    ({ group, topics: [topic], from: 'committed' }) as const;
  return [
    {
      group: `registry-effects-${ids.uuid()}`,
      topics: [TOPICS.gateways],
      from: 'earliest',
      onBatch: tracker.onBatch,
    },
    {
      ...shared('registry-activations', TOPICS.sessions),
      // A device waits until its partition was read: it must not wait for the commits of others.
      concurrentPartitions: PARTITIONS_AT_ONCE,
      onBatch: activations.onBatch,
    },
    {
      ...shared('registry-evidence', TOPICS.commands),
      onBatch: createEvidenceReactor(reactions.reportConflict),
    },
    { ...shared('registry-explain', TOPICS.explain), onBatch: explainLog.onBatch },
  ];
}
