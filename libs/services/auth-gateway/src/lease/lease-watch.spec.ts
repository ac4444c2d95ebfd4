import { encodeJson, TOPIC_DEFINITIONS, TOPICS, type GatewayReport } from '@tallystick/contracts';
import type { EventBus } from '@tallystick/ports';
import { createInMemoryEventBus } from '@tallystick/test-kit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkLease } from './lease-watch.ts';

const report = (incarnation: string): GatewayReport => ({
  kind: 'gateway',
  gatewayId: 'g',
  incarnation,
  term: 1,
  ready: true,
  released: false,
  reportedAt: 0,
  leaseMs: 10_000,
  fastPosition: 0,
  bulkPosition: 0,
  stalenessMs: 0,
  sessions: 0,
  longestBudgetMs: 1,
  tokenBudgetMs: 1,
  cuts: [],
});

describe('the right to a gateway id', () => {
  let bus: EventBus;
  beforeEach(async () => {
    bus = createInMemoryEventBus({ partitions: 1 });
    await bus.ensureTopics(TOPIC_DEFINITIONS);
  });
  afterEach(() => bus.close());

  /** Asked as the incarnation `mine`, after these have reported. */
  async function ask(...reported: readonly string[]): Promise<string> {
    const publisher = await bus.openPublisher();
    const to = { topic: TOPICS.gateways, key: 'g', partition: 0, headers: {} };
    for (const incarnation of reported)
      await publisher.publish([{ ...to, value: encodeJson(report(incarnation)) }]);
    const { signal } = new AbortController();
    return checkLease({
      ...{ bus, publisher, signal, gatewayId: 'g', incarnation: 'mine', predecessor: 'dead' },
      now: () => 0,
    }).then(
      () => 'free',
      () => 'held',
    );
  }

  it.each([
    ['nobody has reported', [], 'free'],
    ['a predecessor that is dead has', ['dead'], 'free'],
    ['another has', ['other'], 'held'],
    ['its own report stands before its beat', ['mine'], 'free'],
    ["its own report stands after another's", ['other', 'mine'], 'held'],
  ] as const)('given %s', async (_, reported, expected) => {
    expect(await ask(...reported)).toBe(expected);
  });
});
