import { fromCloudEventHeaders, TOPIC_DEFINITIONS, TOPICS } from '@tallystick/contracts';
import { partitionOf, PortError } from '@tallystick/kernel';
import type { EventBus, FencedBatch, SubscribeOptions } from '@tallystick/ports';
import { createLogger, systemClock } from '@tallystick/services-edge';
import { createInMemoryEventBus, createSeededIds } from '@tallystick/test-kit';
import { afterEach, beforeEach, describe as given, expect, it, vi } from 'vitest';
import { SessionTracker } from './session-tracker.ts';
import {
  announced,
  closed,
  describe,
  GatewayVoice,
  opened,
  TopicReader,
} from './tracker-world.builder.ts';

const PARTITIONS = 3;

let bus: EventBus;
let presence: TopicReader;
let commands: TopicReader;
let a: GatewayVoice;
let b: GatewayVoice;
let starts = 0;
const trackers: SessionTracker[] = [];

async function start(over: EventBus = bus, reporting = true): Promise<SessionTracker> {
  starts += 1;
  const tracker = await SessionTracker.start({
    bus: over,
    clock: systemClock,
    ids: createSeededIds(starts * 7_919),
    logger: createLogger('spec', 'silent'),
    leaseMs: 2_000,
  });
  trackers.push(tracker);
  if (reporting) await Promise.all([a.report(), b.report()]);
  return tracker;
}

const said = (deviceKey: string, count: number): Promise<void> =>
  presence.until(`word ${count} of ${deviceKey}`, () => presence.said(deviceKey).length >= count);

/** Waits until all that was said of other devices before is read as well. */
async function quiet(voice: GatewayVoice): Promise<void> {
  const key = `quiet-${crypto.randomUUID()}`;
  const sessions = Array.from({ length: 40 }, (_, n) => describe(`${key}-${n}`, `${key}-${n}`));
  await voice.say(...sessions.map(opened));
  for (const { deviceKey } of sessions) await said(deviceKey, 2);
}

beforeEach(async () => {
  bus = createInMemoryEventBus({ partitions: PARTITIONS });
  await bus.ensureTopics(TOPIC_DEFINITIONS);
  presence = await TopicReader.open(bus, TOPICS.presence);
  commands = await TopicReader.open(bus, TOPICS.commands);
  a = await GatewayVoice.open(bus, 'a');
  b = await GatewayVoice.open(bus, 'b');
});

afterEach(async () => {
  await Promise.all(trackers.splice(0).map((tracker) => tracker.stop()));
  await bus.close();
});

given('a tracker', () => {
  it('says presence as CloudEvents under the device’s key, with the epoch', async () => {
    await start();
    const session = describe('d1', 's1');
    await a.say(opened(session), closed(session, 'keep-alive'));
    await said('d1', 4);
    expect(presence.said('d1')).toEqual([
      'SessionOpened s1 1',
      'DeviceOnline s1 1',
      'SessionClosed s1 1 keep-alive',
      'DeviceOffline s1 1 keep-alive',
    ]);
    const [first] = presence.records;
    const causationId: unknown = expect.stringMatching(/^internal\.sessions\.v1\/\d\/\d+$/);
    expect(fromCloudEventHeaders(first?.headers ?? {})).toMatchObject({
      app: 'session-tracker',
      type: 'SessionOpened',
      tenant: 'default',
      subject: 'dv_d1',
      correlationId: 's1',
      causationId,
      place: { in: 'sessions', epoch: 1 },
    });
  });

  it('orders a move between gateways and kicks the session that was left', async () => {
    await start();
    const [s1, s2] = [describe('d1', 's1'), describe('d1', 's2', { openedAt: Date.now() + 1 })];
    await a.say(opened(s1));
    await b.say(opened(s2));
    await said('d1', 5);
    expect(presence.said('d1').slice(2)).toEqual([
      'SessionTakenOver s2 2',
      'SessionClosed s1 1 taken-over',
      'SessionOpened s2 2',
    ]);
    await commands.until('the kick', () => commands.commands().length > 0);
    expect(commands.commands()).toMatchObject([
      { kind: 'kick', sessionId: 's1', gatewayId: 'a', reason: 'taken-over' },
    ]);
  });

  it('calls it a takeover, too, when the gateway that was left is heard before the newer one', async () => {
    await start();
    const [s1, s2] = [describe('d1', 's1'), describe('d1', 's2', { openedAt: Date.now() - 1 })];
    await a.say(opened({ ...s1, openedAt: s1.openedAt - 1_000 }));
    await said('d1', 2);
    await a.say(closed(s1, 'connection-lost'));
    await b.say(opened(s2));
    await said('d1', 5);
    expect(presence.said('d1').slice(2)).toEqual([
      'SessionTakenOver s2 2',
      'SessionClosed s1 1 taken-over',
      'SessionOpened s2 2',
    ]);
  });

  it('that is stopped before it has told who left leaves that to the next', async () => {
    const first = await start();
    const session = describe('d1', 's1');
    const tracker = await TopicReader.open(bus, TOPICS.tracker);
    await a.say(opened(session));
    await said('d1', 2);
    const noted = (): number => tracker.records.filter(({ key }) => key?.endsWith('/d1')).length;
    const before = noted();
    await a.say(closed(session));
    await tracker.until('it is noted', () => noted() > before);
    await first.stop();
    await start();
    await said('d1', 4);
    expect(presence.said('d1').slice(2)).toEqual([
      'SessionClosed s1 1 client',
      'DeviceOffline s1 1 client',
    ]);
  });

  it('that starts after another goes on with its epochs, and says nothing twice', async () => {
    const first = await start();
    const [s1, s2] = [describe('d1', 's1'), describe('d1', 's2')];
    await a.say(opened(s1));
    await said('d1', 2);
    await first.stop();
    await a.say(closed(s1), opened(s2));
    await start();
    await said('d1', 6);
    expect(presence.said('d1').slice(2)).toEqual([
      'SessionClosed s1 1 client',
      'DeviceOffline s1 1 client',
      'SessionOpened s2 2',
      'DeviceOnline s2 2',
    ]);
    await quiet(a);
    expect(presence.said('d1')).toHaveLength(6);
  });

  it('is ready once it has read all that stood before it began', async () => {
    const sessions = Array.from({ length: 900 }, (_, n) => describe(`d${n}`, `s${n}`));
    await a.say(...sessions.map(opened));
    const tracker = await start();
    await presence.until('all online', () => presence.records.length === 1_800);
    await quiet(a);
    expect(tracker.caughtUp()).toBe(true);
    expect(tracker.checks()).toEqual({ bus: 'ok', sessions: 'ok' });
    const online = tracker.processors().map(({ state }) => state.onlineDevices);
    expect(online.reduce((sum, each) => sum + each, 0)).toBe(940);
  });
});

given('a takeover on one gateway, told in two records', () => {
  it('is no offline, though the second is read long after the first was said', async () => {
    await start();
    const [s1, s2] = [describe('d1', 's1'), describe('d1', 's2', { openedAt: Date.now() + 1 })];
    const minuteAgo = Date.now() - 60_000;
    await a.say(opened(s1), { type: 'closed', session: s1, reason: 'taken-over', at: minuteAgo });
    await said('d1', 2);
    const beats = await TopicReader.open(bus, TOPICS.gateways);
    const count = (): number =>
      beats.records.filter(({ key }) => key?.startsWith('tracker/')).length;
    const before = count();
    await beats.until('two beats', () => count() >= before + 2);
    await quiet(b);
    await a.say(opened(s2));
    await said('d1', 5);
    expect(presence.said('d1').slice(2)).toEqual([
      'SessionTakenOver s2 2',
      'SessionClosed s1 1 taken-over',
      'SessionOpened s2 2',
    ]);
  });
});

given('a gateway', () => {
  it('that falls silent beyond its lease is fenced, and what it announces in its next term opens again', async () => {
    await start();
    const [stays, moves] = [describe('d1', 's1'), describe('d2', 's2')];
    await Promise.all([a.report({ leaseMs: 2_000 }), b.report()]);
    await a.say(opened(stays), opened(moves));
    await Promise.all([said('d1', 4), said('d2', 4)]);
    expect(presence.said('d1').slice(2)).toEqual([
      'SessionClosed s1 1 gateway-lost',
      'DeviceOffline s1 1 gateway-lost',
    ]);
    const fences = commands.commands().filter(({ kind }) => kind === 'fence');
    expect(fences[0]).toMatchObject({ gatewayId: 'a', incarnation: 'a-1', term: 1 });

    const s3 = describe('d2', 's3');
    await b.say(opened(s3));
    await a.say(closed(stays), opened(describe('d3', 'history')));
    a.term = 2;
    await a.report();
    await a.say(announced(stays), announced(moves));
    await Promise.all([said('d1', 6), said('d2', 6)]);
    await quiet(a);
    expect(presence.said('d1').slice(4)).toEqual(['SessionOpened s1 2', 'DeviceOnline s1 2']);
    expect(presence.said('d2').slice(4)).toEqual(['SessionOpened s3 2', 'DeviceOnline s3 2']);
    expect(presence.said('d3').join()).toBe(
      'SessionOpened history 0,SessionClosed history 0 gateway-lost',
    );
    const kicked = commands.commands().filter(({ kind }) => kind === 'kick');
    expect(kicked).toMatchObject([{ sessionId: 's2', gatewayId: 'a' }]);
  });

  it('that gives its lease back leaves no session behind', async () => {
    await start();
    await a.say(opened(describe('d1', 's1')));
    await said('d1', 2);
    await a.report({ released: true });
    await said('d1', 4);
    expect(presence.said('d1').at(-1)).toBe('DeviceOffline s1 1 gateway-closing');
  });

  it('that starts anew loses the sessions of its older incarnation; the spool of that one is history', async () => {
    await start();
    await a.say(...Array.from({ length: 700 }, (_, n) => opened(describe(`d${n}`, `s${n}`))));
    await presence.until('all online', () => presence.records.length === 1_400);
    a.incarnation = 'a-2';
    await a.report({ replaces: 'a-1' });
    await presence.until('all offline', () => presence.records.length === 2_800);
    a.incarnation = 'a-1';
    await a.say(opened(describe('late', 'late')));
    await quiet(b);
    expect(presence.said('late').join()).toBe(
      'SessionOpened late 0,SessionClosed late 0 gateway-lost',
    );
    expect(commands.commands().at(-1)).toMatchObject({ kind: 'kick', sessionId: 'late' });
  });

  it('of the same id under a live lease is refused: the first one’s sessions stay, its own are to go', async () => {
    await start();
    const [first, second] = [describe('d1', 's1'), describe('d2', 's2')];
    await a.say(opened(first));
    await said('d1', 2);
    const intruder = await GatewayVoice.open(bus, 'a');
    intruder.incarnation = 'a-wrong';
    await intruder.report();
    await intruder.say(opened(second));
    await commands.until('the kick', () => commands.commands().length > 0);
    await intruder.report({ released: true });
    await a.say(opened(describe('d3', 's3')));
    await said('d3', 2);
    expect(commands.commands()).toMatchObject([{ kind: 'kick', sessionId: 's2' }]);
    expect([presence.said('d1').length, /Device/.test(presence.said('d2').join())]).toEqual([
      2,
      false,
    ]);
  });

  it('that died while nobody tracked is fenced by its sessions alone', async () => {
    const first = await start();
    await a.say(opened(describe('d1', 's1')));
    await said('d1', 2);
    await first.stop();
    await start(bus, false);
    await said('d1', 4);
    expect(presence.said('d1').at(-1)).toBe('DeviceOffline s1 1 gateway-lost');
  });

  it('whose dead incarnation is heard before it by a new tracker is taken back, behind a fence', async () => {
    const first = await start(bus, false);
    const living = describe('d1', 's1', { unit: 'u1' });
    a.incarnation = 'a-2';
    await a.report();
    await a.say(opened(living));
    await said('d1', 2);
    await first.stop();
    await start(bus, false);
    a.incarnation = 'a-1';
    await a.say(opened(describe('d1', 'spooled', { unit: 'u2' })));
    await said('d1', 6);
    a.incarnation = 'a-2';
    await a.report();
    await commands.until('the fence', () => commands.commands().length > 0);
    expect(commands.commands()[0]).toMatchObject({ kind: 'fence', incarnation: 'a-2', term: 1 });
    a.term = 2;
    await a.say(announced(living));
    await said('d1', 10);
    expect(presence.said('d1').slice(2)).toEqual([
      'SessionClosed s1 1 gateway-lost',
      'DeviceOffline s1 1 gateway-lost',
      'SessionOpened spooled 2',
      'DeviceOnline spooled 2',
      'SessionClosed spooled 2 gateway-lost',
      'DeviceOffline spooled 2 gateway-lost',
      'SessionOpened s1 3',
      'DeviceOnline s1 3',
    ]);
  });
});

/** The same bus, of which a spec replaces a part. */
function passing(over: EventBus): EventBus {
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
    subscribe: (options) => over.subscribe(options),
    close: async () => {},
  };
}

/**
 * A broker that keeps its answers to itself: each third commit is written or not, and nobody says.
 */
function withLostAnswers(over: EventBus): EventBus {
  let commits = 0;
  return {
    ...passing(over),
    openFencedWriter: async (id) => {
      const writer = await over.openFencedWriter(id);
      const commit = async (batch: FencedBatch): Promise<void> => {
        commits += 1;
        if (commits % 3 !== 1) await writer.commit(batch);
        if (commits % 3 !== 0) throw new PortError('timeout', 'no answer');
      };
      return {
        commit,
        progress: () => writer.progress(),
        note: () => writer.note(),
        close: () => writer.close(),
      };
    },
  };
}

given('a broker that is away when a tracker starts', () => {
  it('is waited for', async () => {
    let asked = 0;
    await start({
      ...passing(bus),
      ensureTopics: async () => {
        asked += 1;
        if (asked === 1) throw new PortError('timeout', 'no answer');
      },
    });
    await a.say(opened(describe('d1', 's1')));
    await said('d1', 2);
  });

  it('is not, when waiting would not mend it', async () => {
    const refused = new PortError('misconfigured', 'no such user');
    const ensureTopics = (): Promise<void> => Promise.reject(refused);
    await expect(start({ ...passing(bus), ensureTopics })).rejects.toBe(refused);
  });
});

given('commits whose outcome is unknown', () => {
  it('are neither lost nor doubled', async () => {
    await start(withLostAnswers(bus));
    const sessions = Array.from({ length: 12 }, (_, n) => describe('d1', `s${n}`));
    for (const session of sessions) await a.say(opened(session), closed(session));
    await said('d1', 48);
    expect(presence.said('d1')).toEqual(
      sessions.flatMap(({ sessionId }, n) => [
        `SessionOpened ${sessionId} ${n + 1}`,
        `DeviceOnline ${sessionId} ${n + 1}`,
        `SessionClosed ${sessionId} ${n + 1} client`,
        `DeviceOffline ${sessionId} ${n + 1} client`,
      ]),
    );
  });
});

given('an owner that was fenced', () => {
  it('reads all again before it goes on, and says nothing twice', async () => {
    await start();
    await a.say(opened(describe('d1', 's1')));
    await said('d1', 2);
    for (let partition = 0; partition < PARTITIONS; partition += 1)
      await bus.openFencedWriter(`tracker-${partition}`);
    const s2 = describe('d1', 's2', { openedAt: Date.now() + 1 });
    await a.say(closed(describe('d1', 's1')), opened(s2));
    await said('d1', 6);
    await quiet(a);
    expect(presence.said('d1').slice(2)).toEqual([
      'SessionClosed s1 1 client',
      'DeviceOffline s1 1 client',
      'SessionOpened s2 2',
      'DeviceOnline s2 2',
    ]);
  });

  it('before the group tells it that the partition was given away keeps the others as they are', async () => {
    // Given a tracker with all partitions
    let group: SubscribeOptions | undefined;
    const subscribe: EventBus['subscribe'] = (options) => {
      if (options.coPartitioned === true) group = options;
      return bus.subscribe(options);
    };
    const tracker = await start({ ...passing(bus), subscribe });
    await a.say(opened(describe('d1', 's1')), opened(describe('d2', 's1')));
    await Promise.all([said('d1', 2), said('d2', 2)]);
    const gone = partitionOf('default/pk/d1', PARTITIONS);
    const others = tracker.processors().filter(({ partition }) => partition !== gone);
    // When another fences it in one of them, and the group says so a moment later
    await bus.openFencedWriter(`tracker-${gone}`);
    await a.say(closed(describe('d1', 's1')), closed(describe('d2', 's1')));
    await vi.waitFor(() => expect(tracker.processors().some(({ lost }) => lost)).toBe(true));
    const lost = [TOPICS.sessions, TOPICS.tracker].map((topic) => ({ topic, partition: gone }));
    await group?.onRevoked?.(lost);
    // Then it has not left the group, and goes on with the others
    await said('d2', 4);
    expect(tracker.checks()['bus']).toBe('ok');
    expect(tracker.processors()).toEqual(others);
  });
});
