import { TOPIC_DEFINITIONS } from '@tallystick/contracts';
import { isJsonObject, PortError } from '@tallystick/kernel';
import { withinMs, type EventBus, type ViewStore } from '@tallystick/ports';
import { untilReached, type Logger } from '@tallystick/services-edge';
import { otherBus } from '../view/view-owner.ts';
import { PARTITIONS, partitionCounts } from '../view/partition-counts.ts';

/** How long a gateway that knows its topics from an earlier run waits for a bus that is away. */
const WARM_TOPICS_MS = 2_000;

export interface TopicsDeps {
  readonly bus: EventBus;
  readonly store: ViewStore;
  readonly logger: Logger;
  /** Ends the asking. */
  readonly signal: AbortSignal;
}

export interface LearntTopics {
  /** Rejects when the broker says otherwise later. */
  readonly checked: Promise<void>;
  /** The bus that was met, by its identity; for ever pending while it is away. */
  readonly met: Promise<string>;
  /** Why the view was thrown away; null: it was not. In the words of /readyz. */
  readonly readAnew: string | null;
}

/**
 * Resolves when the topics' partition counts are known: from the broker, or, while it is away, from
 * the view of an earlier run.
 */
export async function learnTopics(deps: TopicsDeps): Promise<LearntTopics> {
  const { bus, store } = deps;
  const known = countsOf(store);
  if (known === null) {
    await bus.ensureTopics(TOPIC_DEFINITIONS);
    const met = untilReached(deps, () => bus.identity()).then(orNever);
    return { checked: Promise.resolve(), met, readAnew: null };
  }
  let found: Found | undefined;
  const finding = untilReached(deps, () => find(deps, known)).then((answer) => (found = answer));
  const met = finding.then((answer) => orNever(answer?.identity));
  // If the start is refused here, nothing awaits this promise.
  met.catch(() => undefined);
  await withinMs(finding, WARM_TOPICS_MS);
  if (found !== undefined)
    return { checked: Promise.resolve(), met, readAnew: await setAside(deps, found) };
  bus.assumeTopics(
    TOPIC_DEFINITIONS.map((spec) => ({ ...spec, partitions: known[spec.name] ?? 1 })),
  );
  const checked = finding.then((answer) => {
    if (answer !== undefined && answer.foreign !== null)
      throw new PortError(
        'misconfigured',
        `the view of this gateway is set aside: ${answer.foreign}: start it again`,
      );
  });
  return { checked, met, readAnew: null };
}

async function setAside({ store, logger }: TopicsDeps, { foreign }: Found): Promise<string | null> {
  if (foreign === null) return null;
  logger.error({ why: foreign }, 'the view is set aside and read anew');
  await store.clear();
  return foreign;
}

/** A view of another bus, or of other partitions, cannot be continued. */
async function find(
  { bus, store }: TopicsDeps,
  known: Readonly<Record<string, number>>,
): Promise<Found> {
  await bus.ensureTopics(TOPIC_DEFINITIONS);
  const identity = await bus.identity();
  const now = Object.entries(partitionCounts(bus));
  const foreign = now.some(([name, count]) => known[name] !== count)
    ? 'the topics have other partition counts than when this gateway last ran'
    : otherBus(identity, store);
  return { identity, foreign };
}

/** Null: the view names not every topic. */
function countsOf(store: ViewStore): Readonly<Record<string, number>> | null {
  const stored = store.checkpoint(PARTITIONS);
  if (!isJsonObject(stored)) return null;
  const counts: Record<string, number> = {};
  for (const { name } of TOPIC_DEFINITIONS) {
    const count = stored[name];
    if (typeof count !== 'number') return null;
    counts[name] = count;
  }
  return counts;
}

interface Found {
  readonly identity: string;
  /** Why the view is not of this bus; null: it is. */
  readonly foreign: string | null;
}

/** An asking that was ended answers nobody. */
function orNever(identity: string | undefined): Promise<string> {
  return identity === undefined ? new Promise(() => undefined) : Promise.resolve(identity);
}
