import { encodeJson, TOPIC_DEFINITIONS, TOPICS, type GatewayReport } from '@tallystick/contracts';
import type { EventBus } from '@tallystick/ports';
import { createInMemoryEventBus } from '@tallystick/test-kit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { yieldToHeir } from './heir-watch.ts';

const report: Omit<GatewayReport, 'incarnation'> = {
  ...{ kind: 'gateway', gatewayId: 'g', term: 1, ready: true, released: false, reportedAt: 0 },
  ...{ leaseMs: 10_000, fastPosition: 0, bulkPosition: 0, stalenessMs: 0, sessions: 0 },
  ...{ longestBudgetMs: 1, tokenBudgetMs: 1, cuts: [] },
};

describe('a gateway that missed its lease and goes on', () => {
  let bus: EventBus;
  beforeEach(async () => {
    bus = createInMemoryEventBus({ partitions: 1 });
    await bus.ensureTopics(TOPIC_DEFINITIONS);
  });
  afterEach(() => bus.close());

  /** What it concludes while these report, in turn, until it has. */
  async function ask(...reporting: readonly string[]): Promise<string> {
    const publisher = await bus.openPublisher();
    const { signal } = new AbortController();
    const question = { bus, gatewayId: 'g', incarnation: '2', question: 1, signal };
    let answer = '';
    const done = yieldToHeir(question).then(
      () => (answer = 'goes on'),
      (error: { code: string }) => (answer = error.code),
    );
    while (answer === '')
      for (const incarnation of reporting) {
        const value = encodeJson({ ...report, incarnation });
        await publisher.publish([
          { topic: TOPICS.gateways, key: 'g', partition: 0, value, headers: {} },
        ]);
      }
    await done;
    return answer;
  }

  it.each([
    ['alone', ['2'], 'goes on'],
    ['with the last words of an older one', ['1', '2'], 'goes on'],
    ['with a newer one that took its id', ['2', '3'], 'misconfigured'],
  ] as const)('%s', async (_, reporting, expected) => {
    expect(await ask(...reporting)).toBe(expected);
  });
});
