import { encodeJson, TOPIC_DEFINITIONS, TOPICS, type GatewayReport } from '@tallystick/contracts';
import type { EventBus } from '@tallystick/ports';
import { createInMemoryEventBus } from '@tallystick/test-kit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { askForLease } from './lease-watch.ts';

const report = (incarnation: string, given: Partial<GatewayReport> = {}): GatewayReport => ({
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
  ...given,
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
    const question = { bus, publisher, gatewayId: 'g', incarnation: 'mine', predecessor: 'dead' };
    return askForLease({ ...question, signal, now: () => 0 }).free.then(
      () => 'free',
      () => 'held',
    );
  }

  /** A gateway asks; what becomes of its answers. */
  async function apply(incarnation: string, predecessor: string | null = null) {
    const publisher = await bus.openPublisher();
    const { signal } = new AbortController();
    const question = { bus, publisher, gatewayId: 'g', incarnation, predecessor };
    const asked = askForLease({ ...question, signal, now: () => 0 });
    const say = (given: Partial<GatewayReport> = {}): Promise<void> => {
      const to = { topic: TOPICS.gateways, key: 'g', partition: 0, headers: {} };
      const replaces = predecessor === null ? {} : { replaces: predecessor };
      return publisher.publish([
        { ...to, value: encodeJson(report(incarnation, { ...replaces, ...given })) },
      ]);
    };
    const held = asked.held.then(
      () => 'held',
      (error: { code: string }) => error.code,
    );
    return { free: asked.free, held, say };
  }

  it('given two that ask at once and both find it free, it is the first one’s to report', async () => {
    const [x, y] = [await apply('x'), await apply('y')];
    await Promise.all([x.free, y.free]);
    await y.say();
    await x.say();
    expect([await x.held, await y.held]).toEqual(['misconfigured', 'held']);
  });

  it('given one that serves before it learns that it is refused, nothing that it says takes the lease', async () => {
    const holder = await apply('holder');
    await holder.free;
    await holder.say();
    const wrong = await apply('wrong', 'long-dead');
    await wrong.say();
    await wrong.say({ released: true });
    expect(await wrong.held).toBe('misconfigured');
    const third = await apply('third');
    await expect(third.free).rejects.toMatchObject({ code: 'misconfigured' });
    expect(await holder.held).toBe('held');
  });

  it('given an heir of a dead predecessor, the lease passes to it, for others too', async () => {
    const heir = await apply('heir', 'before');
    const before = await apply('before');
    await before.say();
    await heir.say();
    expect(await heir.held).toBe('held');
    await heir.say({ released: true });
    const next = await apply('next');
    await expect(next.free).resolves.toBeUndefined();
  });

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
