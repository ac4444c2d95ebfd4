import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { placeKeyOf, type SimulatedPlace } from './simulated-gateway.builder.ts';
import { SessionWorld } from './session-world.builder.ts';

const GATEWAYS = 3;

const gateway = fc.nat({ max: GATEWAYS - 1 });
const move = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(fc.constant('open'), gateway, fc.nat({ max: 7 })) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('close'), gateway, fc.constant(0)) },
  { weight: 8, arbitrary: fc.tuple(fc.constant('deliver'), gateway, fc.constant(0)) },
  { weight: 4, arbitrary: fc.tuple(fc.constant('hear'), gateway, fc.constant(0)) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('fence'), gateway, fc.constant(0)) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('restart'), gateway, fc.constant(0)) },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constant('resend'), gateway, fc.integer({ min: 1, max: 30 })),
  },
  { weight: 2, arbitrary: fc.tuple(fc.constant('report'), gateway, fc.constant(0)) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('pass'), gateway, fc.constant(0)) },
);

/** Two units, each over HTTP or over anything else. */
const placeOf = (variant: number): SimulatedPlace => ({
  unit: (variant & 2) === 0 ? 'u1' : 'u2',
  transport: (variant & 4) === 0 ? 'tls' : 'http',
});
type Move = typeof move extends fc.Arbitrary<infer T> ? T : never;

function play(moves: readonly Move[]): SessionWorld {
  const world = new SessionWorld(GATEWAYS);
  for (const [kind, at, variant] of moves) {
    if (kind === 'open') world.open(at, placeOf(variant), variant % 2 === 0);
    else if (kind === 'close') world.close(at);
    else if (kind === 'deliver') world.deliver(at);
    else if (kind === 'hear') world.hear(at);
    else if (kind === 'fence') world.fence(at);
    else if (kind === 'resend') world.resend(at, variant);
    else if (kind === 'report') world.report(at);
    else if (kind === 'pass') world.pass();
    else world.restart(at);
    const places = world.device.live.map(({ facts }) => placeKeyOf(facts));
    expect(new Set(places).size).toBe(places.length);
  }
  return world;
}

const inAnyOrder = (holds: (world: SessionWorld) => void): void => {
  fc.assert(
    fc.property(fc.array(move, { maxLength: 150, size: 'max' }), (moves) => {
      const world = play(moves);
      world.settle();
      holds(world);
    }),
  );
};

describe(
  'in any interleaving of what gateways say, fenced and restarted at any moment',
  { tags: ['long'] },
  () => {
    it('online and offline alternate, under strictly rising epochs', () => {
      inAnyOrder(({ facts }) => {
        let online = false;
        let epoch = 0;
        for (const { type, session } of facts) {
          if (type !== 'DeviceOnline' && type !== 'DeviceOffline') continue;
          expect(type === 'DeviceOnline').toBe(!online);
          online = !online;
          if (online) expect(session.epoch).toBeGreaterThan(epoch);
          else expect(session.epoch).toBeGreaterThanOrEqual(epoch);
          epoch = session.epoch;
        }
      });
    });

    it('each session that opened closes at most once under its epoch, and none is given twice', () => {
      inAnyOrder(({ facts, device }) => {
        const of = (type: string) =>
          facts
            .filter(({ type: each, session }) => each === type && session.epoch > 0)
            .map(({ session }) => session.epoch);
        const opened = of('SessionOpened');
        expect(opened).toEqual(opened.map((_, index) => index + 1));
        const rest = device.live.map(({ epoch }) => epoch);
        expect([...of('SessionClosed'), ...rest].sort((x, y) => x - y)).toEqual(opened);
      });
    });

    it('each session leaves its opening and then its end, once, and none without a socket stays open', () => {
      inAnyOrder((world) => {
        const told = new Map<string, string[]>();
        for (const { type, session } of world.facts) {
          if (type !== 'SessionOpened' && type !== 'SessionClosed') continue;
          const { sessionId } = session.facts;
          told.set(sessionId, [...(told.get(sessionId) ?? []), type]);
        }
        const live = new Set(world.sockets());
        // What came back under a new term after its gateway was given up has a second opening.
        for (const [sessionId, types] of told) {
          expect(types.filter((_, index) => index % 2 === 0)).not.toContain('SessionClosed');
          expect(types.filter((_, index) => index % 2 === 1)).not.toContain('SessionOpened');
          expect(types.length % 2 === 1).toBe(live.has(sessionId));
        }
      });
    });

    it('no session is left untold, however late it is heard of', () => {
      inAnyOrder(({ facts, openings }) => {
        const told = facts
          .filter(({ type }) => type === 'SessionOpened')
          .map(({ session }) => session.facts.sessionId);
        expect(new Set(told).size).toBe(openings);
      });
    });

    it('a takeover is never an offline: the device is online on both sides of it', () => {
      inAnyOrder(({ facts }) => {
        facts.forEach((fact, index) => {
          if (fact.type !== 'SessionTakenOver') return;
          const next = facts.slice(index + 1, index + 3).map(({ type }) => type);
          expect(next).toEqual(['SessionClosed', 'SessionOpened']);
          const presence = facts.slice(0, index).findLast(({ type }) => type.startsWith('Device'));
          expect(presence?.type).toBe('DeviceOnline');
        });
      });
    });

    it('who is taken over was of the same place: HTTP takes over HTTP alone', () => {
      inAnyOrder(({ facts }) => {
        const placeOfSession = new Map(
          facts.map(({ session }) => [session.facts.sessionId, placeKeyOf(session.facts)] as const),
        );
        for (const fact of facts) {
          if (fact.type !== 'SessionTakenOver') continue;
          expect(placeOfSession.get(fact.previousSessionId)).toBe(placeKeyOf(fact.session.facts));
        }
      });
    });

    it('the device is online exactly while a session is live, whatever its way', () => {
      inAnyOrder(({ facts, device }) => {
        const live = new Set<string>();
        facts.forEach(({ type, session }, index) => {
          if (session.epoch === 0) return;
          const { sessionId } = session.facts;
          if (type === 'SessionOpened') live.add(sessionId);
          if (type === 'SessionClosed') live.delete(sessionId);
          const next = facts[index + 1]?.type;
          if (type === 'SessionClosed' && live.size === 0 && next !== 'SessionOpened')
            expect(next).toBe('DeviceOffline');
          if (type === 'DeviceOffline') expect(live.size).toBe(0);
          if (type === 'DeviceOnline') expect(live.size).toBe(1);
        });
        expect(live.size).toBe(device.live.length);
      });
    });

    it('the newest session of a place is never kicked', () => {
      inAnyOrder(({ wronglyKicked }) => {
        expect(wronglyKicked).toEqual([]);
      });
    });

    it('in the end exactly those sessions are live whose sockets exist', () => {
      inAnyOrder((world) => {
        const live = world.device.live.map(({ facts }) => facts.sessionId).sort();
        expect(live).toEqual(world.sockets());
      });
    });
  },
);

it('a gateway that sends all again, long after its sessions are forgotten, changes nothing', () => {
  const world = new SessionWorld(1);
  for (let n = 0; n < 20; n += 1) {
    world.open(0, placeOf(0), n % 2 === 0);
    while (world.underway > 0) world.deliver(0);
  }
  const before = world.facts.length;
  world.resend(0, Infinity);
  world.settle();
  expect(world.facts.length).toBe(before);
  expect(world.wronglyKicked).toEqual([]);
  expect(world.device.live.map(({ facts }) => facts.sessionId)).toEqual(world.sockets());
});
