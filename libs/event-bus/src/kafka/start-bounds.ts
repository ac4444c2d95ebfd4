import { withinMs, type SubscribeOptions } from '@tallystick/ports';
import type { Bounds, TopicAdmin } from './topic-admin.ts';

/**
 * A broker that takes longer is not waited for: the join goes on, and the bounds are asked for
 * again after it.
 */
const FORESEE_WITHIN_MS = 1_000;

/**
 * The bounds of a reader's topics, asked for while it joins its group. When every partition is
 * paused, kafkajs sleeps for a whole fetch wait (half a second). A reader that knows its start when
 * the join is done saves that time.
 */
export class StartBounds {
  readonly #admin: Pick<TopicAdmin, 'bounds'>;
  readonly #options: Pick<SubscribeOptions, 'topics' | 'from'>;
  #early: Promise<readonly Bounds[] | null> = Promise.resolve(null);

  constructor(
    admin: Pick<TopicAdmin, 'bounds'>,
    options: Pick<SubscribeOptions, 'topics' | 'from'>,
  ) {
    this.#admin = admin;
    this.#options = options;
  }

  /** Resolves when they are known, or when the wait is given up; never rejects. */
  async foresee(): Promise<void> {
    const { topics, from } = this.#options;
    // What is read from the latest on begins at the join, and not before it.
    if (from === 'committed' || from === 'latest') return;
    const asked = this.#admin.bounds(topics).catch(() => null);
    this.#early = withinMs(asked, FORESEE_WITHIN_MS).then((found) => found ?? null);
    await this.#early;
  }

  /** What was foreseen, once: a later join of the same consumer finds it too old. */
  async take(): Promise<readonly Bounds[] | null> {
    const early = this.#early;
    this.#early = Promise.resolve(null);
    return early;
  }

  now(topics: ReadonlySet<string>): Promise<readonly Bounds[]> {
    return this.#admin.bounds([...topics]);
  }
}
