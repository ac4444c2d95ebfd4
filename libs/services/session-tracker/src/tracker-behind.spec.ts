import { TOPIC_DEFINITIONS, TOPICS } from '@tallystick/contracts';
import type { EventBus, SubscribeOptions } from '@tallystick/ports';
import { createLogger, systemClock } from '@tallystick/services-edge';
import { createInMemoryEventBus, createSeededIds } from '@tallystick/test-kit';
import { afterEach, beforeEach, describe as given, expect, it } from 'vitest';
import { SessionTracker } from './session-tracker.ts';
import { describe, GatewayVoice, opened, TopicReader } from './tracker-world.builder.ts';

let bus: EventBus;
let presence: TopicReader;
let a: GatewayVoice;
let b: GatewayVoice;
/** What was said of sessions waits for it before a tracker hears it. */
let gate: PromiseWithResolvers<void>;
let starts = 0;
const trackers: SessionTracker[] = [];

const letGo = (): void => gate.resolve();

/**
 * The same bus, whose sessions stand still while the gate is shut; reports are heard all the same.
 */
function gated(over: EventBus): EventBus {
  const subscribe = (options: SubscribeOptions) =>
    over.subscribe({
      ...options,
      onBatch: async (batch) => {
        if (batch.topic === TOPICS.sessions) await gate.promise;
        await options.onBatch(batch);
      },
    });
  return {
    ensureTopics: (specs) => over.ensureTopics(specs),
    assumeTopics: (specs) => over.assumeTopics(specs),
    partitions: (topic) => over.partitions(topic),
    openPublisher: () => over.openPublisher(),
    openFencedWriter: (id) => over.openFencedWriter(id),
    progressOf: (id) => over.progressOf(id),
    identity: () => over.identity(),
    clockErrorMs: () => over.clockErrorMs(),
    timeAt: (monotonicMs) => over.timeAt(monotonicMs),
    subscribe,
    close: async () => {},
  };
}

async function start(): Promise<SessionTracker> {
  starts += 1;
  const ids = createSeededIds(starts * 7_919);
  const logger = createLogger('spec', 'silent');
  const to = { bus: gated(bus), clock: systemClock, ids, logger, leaseMs: 2_000 };
  const tracker = await SessionTracker.start(to);
  trackers.push(tracker);
  return tracker;
}

const said = (deviceKey: string, count: number): Promise<void> =>
  presence.until(`word ${count} of ${deviceKey}`, () => presence.said(deviceKey).length >= count);

/** All reports until now are heard: the tracker has said something itself since, twice. */
async function reportsHeard(): Promise<void> {
  const gateways = await TopicReader.open(bus, TOPICS.gateways);
  const beats = () => gateways.records.filter(({ key }) => key?.startsWith('tracker/')).length;
  const before = beats();
  await gateways.until('two beats', () => beats() >= before + 2);
}

beforeEach(async () => {
  bus = createInMemoryEventBus({ partitions: 3 });
  await bus.ensureTopics(TOPIC_DEFINITIONS);
  presence = await TopicReader.open(bus, TOPICS.presence);
  a = await GatewayVoice.open(bus, 'a');
  b = await GatewayVoice.open(bus, 'b');
  gate = Promise.withResolvers<void>();
  letGo();
});

afterEach(async () => {
  letGo();
  await Promise.all(trackers.splice(0).map((tracker) => tracker.stop()));
  await bus.close();
});

given(
  'a device that moved before its gateway was lost, and a tracker that hears of the loss first',
  () => {
    const [s1, s2] = [describe('d1', 's1'), describe('d1', 's2', { openedAt: Date.now() + 1 })];

    async function bothOnline(): Promise<SessionTracker> {
      const tracker = await start();
      await Promise.all([a.report(), b.report()]);
      await a.say(opened(s1), opened(describe('d2', 'stays')));
      await Promise.all([said('d1', 2), said('d2', 2)]);
      return tracker;
    }

    /** Said, and not yet read. */
    async function move(): Promise<void> {
      gate = Promise.withResolvers<void>();
      await b.say(opened(s2));
    }

    async function expectTakeover(stayed = 'gateway-lost'): Promise<void> {
      await reportsHeard();
      letGo();
      await Promise.all([said('d1', 5), said('d2', 4)]);
      expect(presence.said('d1').slice(2)).toEqual([
        'SessionTakenOver s2 2',
        'SessionClosed s1 1 taken-over',
        'SessionOpened s2 2',
      ]);
      expect(presence.said('d2').at(-1)).toBe(`DeviceOffline stays 1 ${stayed}`);
    }

    it('given the gateway begins anew, then the device was taken over', async () => {
      await bothOnline();
      await move();
      a.incarnation = 'a-2';
      await a.report({ replaces: 'a-1' });
      await expectTakeover();
    });

    it('given the gateway gives its lease back, then the device was taken over', async () => {
      await bothOnline();
      await move();
      await a.report({ released: true });
      await expectTakeover('gateway-closing');
    });

    it('given the tracker is started anew meanwhile, then the device was taken over', async () => {
      const before = await bothOnline();
      await before.stop();
      await move();
      a.incarnation = 'a-2';
      await start();
      await a.report({ replaces: 'a-1' });
      await expectTakeover();
    });
  },
);
