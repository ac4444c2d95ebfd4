import { TOPIC_DEFINITIONS, TOPICS } from '@tallystick/contracts';
import type { EventBus } from '@tallystick/ports';
import { createLogger, systemClock } from '@tallystick/services-edge';
import { createInMemoryEventBus, createSeededIds } from '@tallystick/test-kit';
import { afterEach, beforeEach, describe as given, expect, it } from 'vitest';
import { SessionTracker } from './session-tracker.ts';
import { describe, GatewayVoice, opened, TopicReader } from './tracker-world.builder.ts';

let bus: EventBus;
let presence: TopicReader;
let gateway: GatewayVoice;
let tracker: SessionTracker;
/** What the tracker takes for the log's time is so far from it. */
let aheadMs = 0;

beforeEach(async () => {
  bus = createInMemoryEventBus({ partitions: 3 });
  await bus.ensureTopics(TOPIC_DEFINITIONS);
  presence = await TopicReader.open(bus, TOPICS.presence);
  gateway = await GatewayVoice.open(bus, 'a');
  tracker = await SessionTracker.start({
    bus,
    clock: { ...systemClock, now: () => Date.now() + aheadMs },
    ids: createSeededIds(7_919),
    logger: createLogger('spec', 'silent'),
    leaseMs: 2_000,
  });
});

afterEach(async () => {
  await tracker.stop();
  await bus.close();
});

async function twoBeats(): Promise<void> {
  const beats = await TopicReader.open(bus, TOPICS.gateways);
  const count = () => beats.records.filter(({ key }) => key?.startsWith('tracker/')).length;
  const before = count();
  await beats.until('two beats', () => count() >= before + 2);
}

given('a tracker whose time was ten minutes ahead for a moment', () => {
  it('fences a gateway that falls silent as soon as ever', async () => {
    await gateway.report({ leaseMs: 2_000 });
    await gateway.say(opened(describe('d1', 's1')));
    await presence.until('it is online', () => presence.said('d1').length === 2);
    for (const ahead of [600_000, 0]) {
      aheadMs = ahead;
      await twoBeats();
      await gateway.report({ leaseMs: 2_000 });
    }
    await presence.until('it is offline', () => presence.said('d1').length === 4);
    expect(presence.said('d1').at(-1)).toBe('DeviceOffline s1 1 gateway-lost');
  });
});
