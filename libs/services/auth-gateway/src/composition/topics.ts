import { TOPIC_DEFINITIONS } from '@tallystick/contracts';
import { isPortError, PortError, type JsonObject } from '@tallystick/kernel';
import type { EventBus, ViewStore } from '@tallystick/ports';
import type { Logger } from '@tallystick/services-edge';
import { PARTITIONS, partitionCounts } from '../view/partition-counts.ts';
import { pause, withinMs } from '../waiting.ts';

/** A gateway that knows its topics from before waits no longer than this for a bus that is away. */
const WARM_TOPICS_MS = 2_000;
const RETRY_MS = 1_000;

export interface TopicsDeps {
  readonly bus: EventBus;
  readonly store: ViewStore;
  readonly logger: Logger;
  /** Ends the asking. */
  readonly signal: AbortSignal;
}

/**
 * Resolves when the topics' partition counts are known: from the broker, or, while it is away, from the view of an earlier run.
 * `checked` rejects when the broker says otherwise later.
 */
export async function learnTopics(deps: TopicsDeps): Promise<{ readonly checked: Promise<void> }> {
  const { bus, store } = deps;
  const known = countsOf(store);
  if (known === null) {
    await bus.ensureTopics(TOPIC_DEFINITIONS);
    return { checked: Promise.resolve() };
  }
  const isSame = (): boolean => {
    const now = partitionCounts(bus);
    return Object.entries(now).every(([name, count]) => known[name] === count);
  };
  let found = false;
  const finding = keepEnsuring(deps).then(() => (found = !deps.signal.aborted));
  await withinMs(finding, WARM_TOPICS_MS);
  if (found) {
    // A view of other partitions holds nothing that can be gone on with.
    if (!isSame()) await store.clear();
    return { checked: Promise.resolve() };
  }
  bus.assumeTopics(
    TOPIC_DEFINITIONS.map((spec) => ({ ...spec, partitions: known[spec.name] ?? 1 })),
  );
  const checked = finding.then((was) => {
    if (was && !isSame())
      throw new PortError(
        'misconfigured',
        'the topics have other partition counts than when this gateway last ran: start it again',
      );
  });
  return { checked };
}

/** Null: the view names not every topic. */
function countsOf(store: ViewStore): Readonly<Record<string, number>> | null {
  const stored = store.checkpoint(PARTITIONS) as JsonObject | undefined;
  const counts: Record<string, number> = {};
  for (const { name } of TOPIC_DEFINITIONS) {
    const count = stored?.[name];
    if (typeof count !== 'number') return null;
    counts[name] = count;
  }
  return counts;
}

async function keepEnsuring({ bus, logger, signal }: TopicsDeps): Promise<void> {
  while (!signal.aborted) {
    try {
      return await bus.ensureTopics(TOPIC_DEFINITIONS);
    } catch (error) {
      if (!isPortError(error) || !error.retriable) throw error;
      logger.debug({ err: error }, 'the topics are not reached');
      await pause(RETRY_MS, signal);
    }
  }
}
