import { TOPIC_DEFINITIONS, TOPICS } from '@tallystick/contracts';
import type { EventBus } from '@tallystick/ports';
import { createLogger, systemClock } from '@tallystick/services-edge';
import { createInMemoryEventBus, createSeededIds } from '@tallystick/test-kit';
import { afterEach, beforeEach, describe as given, expect, it } from 'vitest';
import { SessionTracker } from './session-tracker.ts';
import { closed, describe, GatewayVoice, opened, TopicReader } from './tracker-world.builder.ts';

let bus: EventBus;
let presence: TopicReader;
let a: GatewayVoice;
let b: GatewayVoice;
const trackers: SessionTracker[] = [];

async function start(): Promise<SessionTracker> {
  const tracker = await SessionTracker.start({
    ...{ bus, clock: systemClock, ids: createSeededIds(trackers.length + 1), leaseMs: 2_000 },
    logger: createLogger('spec', 'silent'),
  });
  trackers.push(tracker);
  await Promise.all([a.report(), b.report()]);
  return tracker;
}

const said = (count: number): Promise<void> =>
  presence.until(`word ${count} of d1`, () => presence.said('d1').length >= count);

beforeEach(async () => {
  bus = createInMemoryEventBus({ partitions: 3 });
  await bus.ensureTopics(TOPIC_DEFINITIONS);
  presence = await TopicReader.open(bus, TOPICS.presence);
  a = await GatewayVoice.open(bus, 'a');
  b = await GatewayVoice.open(bus, 'b');
});
afterEach(async () => {
  await Promise.all(trackers.splice(0).map((tracker) => tracker.stop()));
  await bus.close();
});

given('a token of HTTP', () => {
  it('is beside a connection, also for a tracker that reads again what was stored', async () => {
    const first = await start();
    const connection = describe('d1', 's1');
    await a.say(opened(connection));
    await b.say(opened(describe('d1', 't1', { transport: 'http' })));
    await said(3);
    await first.stop();

    await start();
    const token = describe('d1', 't2', { transport: 'http' });
    await a.say(opened(token), closed(connection, 'keep-alive'));
    await said(7);
    expect(presence.said('d1').slice(2)).toEqual([
      'SessionOpened t1 2',
      'SessionTakenOver t2 3',
      'SessionClosed t1 2 taken-over',
      'SessionOpened t2 3',
      'SessionClosed s1 1 keep-alive',
    ]);

    await a.say(closed(token, 'silence'));
    await said(9);
    expect(presence.said('d1').at(-1)).toBe('DeviceOffline t2 3 silence');
  });
});
