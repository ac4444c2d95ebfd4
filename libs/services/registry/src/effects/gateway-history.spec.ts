import type { GatewayReport } from '@tallystick/contracts';
import { describe, expect, it } from 'vitest';
import type { EffectQuestion } from './effects.types.ts';
import { createGatewayHistory } from './gateway-history.ts';

const T = 1_700_000_000_000;
const at = (ms: number): string => new Date(T + ms).toISOString();

const report = (
  gatewayId: string,
  ms: number,
  over: Partial<GatewayReport> = {},
): GatewayReport => ({
  kind: 'gateway',
  gatewayId,
  incarnation: 'i1',
  term: 1,
  ready: true,
  released: false,
  reportedAt: T + ms,
  leaseMs: 10_000,
  fastPosition: 0,
  bulkPosition: 0,
  stalenessMs: 20,
  sessions: 3,
  longestBudgetMs: 60_000,
  tokenBudgetMs: 20_000,
  cuts: [],
  ...over,
});

const asked = (
  position: number,
  ms: number,
  over: Partial<EffectQuestion> = {},
): EffectQuestion => ({
  position,
  lane: 'fast',
  appendedAt: T,
  now: T + ms,
  unknown: false,
  ...over,
});

const given = (...reports: readonly GatewayReport[]) => {
  const history = createGatewayHistory();
  for (const each of reports) history.record(each, each.reportedAt);
  return history;
};

describe('the effects of a position', () => {
  it('given only one of two gateways reported the position, then that one has a time and a lag, and the other has none', () => {
    const history = given(
      report('a', -500),
      report('b', -400),
      report('a', 70, { fastPosition: 7, cuts: [{ position: 7, sessions: 2 }] }),
    );
    expect(history.effect(asked(7, 100))).toEqual({
      position: 7,
      total: 2,
      applied: 1,
      unknown: false,
      gateways: [
        { gatewayId: 'a', applied: true, at: at(70), lagMs: 70, sessionsCut: 2, fencesAt: null },
        { gatewayId: 'b', applied: false, at: null, lagMs: null, sessionsCut: 0, fencesAt: null },
      ],
    });
  });

  it('given later reports, then the time is that of the first report with the position, and cuts of other positions do not count', () => {
    const history = given(
      report('a', -500),
      report('a', 70, { fastPosition: 7 }),
      report('a', 900, { fastPosition: 12, cuts: [{ position: 9, sessions: 4 }] }),
    );
    expect(history.effect(asked(7, 1000)).gateways[0]).toMatchObject({ lagMs: 70, sessionsCut: 0 });
    expect(history.effect(asked(9, 1000)).gateways[0]).toMatchObject({
      lagMs: 900,
      sessionsCut: 4,
    });
  });

  it('given an event of the bulk lane, then the fast position does not count', () => {
    const history = given(report('a', 10, { fastPosition: 9, bulkPosition: 4 }));
    expect(history.effect(asked(7, 100, { lane: 'bulk' })).applied).toBe(0);
    history.record(report('a', 200, { fastPosition: 9, bulkPosition: 9 }), T + 200);
    expect(history.effect(asked(7, 300, { lane: 'bulk' })).gateways[0]).toMatchObject({
      lagMs: 200,
    });
  });

  it('given a gateway whose first report had the position, then it is applied, at an unknown time', () => {
    const history = given(report('a', 800_000, { fastPosition: 9 }));
    const now = asked(7, 800_100);
    expect(history.effect(now).gateways[0]).toMatchObject({ applied: true, at: null, lagMs: null });
    history.record(report('a', 801_000, { fastPosition: 10 }), T + 801_000);
    expect(history.effect(now).gateways[0]).toMatchObject({ applied: true, at: null, lagMs: null });
  });

  it('given no gateway, then nothing is counted and the answer is unknown', () => {
    expect(given().effect(asked(1, 0))).toMatchObject({ total: 0, applied: 0, unknown: true });
  });

  it('given an asker that may not know of all, then the answer says so', () => {
    const history = given(report('a', 10, { fastPosition: 7 }));
    expect(history.effect(asked(7, 20, { unknown: true }))).toMatchObject({
      applied: 1,
      unknown: true,
    });
  });

  it('given a gateway that fell silent after the append, then it still counts and shows when it fences itself', () => {
    const history = given(report('a', -500));
    expect(history.effect(asked(7, 9_400)).gateways[0]).toMatchObject({ fencesAt: null });
    const late = history.effect(asked(7, 80_000));
    expect(late.total).toBe(1);
    expect(late.gateways[0]).toMatchObject({ applied: false, fencesAt: at(60_000) });
  });

  it('given a lease that ended before the append, then the gateway counts until its longest budget has passed', () => {
    const history = given(report('a', -30_000));
    expect(history.effect(asked(7, 1_000)).total).toBe(1);
    expect(history.effect(asked(7, 41_000)).total).toBe(0);
  });

  it('given a gateway that stopped cleanly without it, then it does not count, for it lets nobody in', () => {
    const history = given(report('a', -500), report('a', 50, { released: true }));
    expect(history.effect(asked(7, 100)).total).toBe(0);
    history.record(report('a', 60, { released: true, fastPosition: 7 }), T + 60);
    expect(history.effect(asked(7, 100))).toMatchObject({ total: 1, applied: 1 });
  });

  it('given a gateway that starts over with an empty view, then what it had before is not applied now', () => {
    const history = given(report('a', 10, { fastPosition: 9 }));
    history.record(report('a', 500, { incarnation: 'i2', fastPosition: 2 }), T + 500);
    expect(history.effect(asked(7, 600)).applied).toBe(0);
    history.record(report('a', 700, { incarnation: 'i2', fastPosition: 9 }), T + 700);
    expect(history.effect(asked(7, 800)).gateways[0]).toMatchObject({ at: at(700) });
  });
});

describe('the list of gateways', () => {
  it('given one alive and one gone, then both are listed, the silent one for a day', () => {
    const history = given(report('a', 0), report('b', -20_000, { sessions: 9 }));
    expect(history.gateways(T + 100, 'default')).toEqual([
      {
        gatewayId: 'a',
        incarnation: 'i1',
        leaseUntil: at(10_000),
        fastPosition: 0,
        bulkPosition: 0,
        stalenessMs: 20,
        sessions: 3,
        clockErrorMs: 0,
      },
      {
        gatewayId: 'b',
        incarnation: 'i1',
        leaseUntil: at(-10_000),
        fastPosition: 0,
        bulkPosition: 0,
        stalenessMs: 20_120,
        sessions: 0,
        clockErrorMs: 0,
      },
    ]);
    expect(history.gateways(T + 24 * 3_600_000, 'default').map((row) => row.gatewayId)).toEqual([
      'a',
    ]);
  });
});

describe('the sessions of a gateway', () => {
  const shown = (over: Partial<GatewayReport>, tenant: string) =>
    given(report('a', 0, over)).gateways(T + 100, tenant)[0]?.sessions;

  it.each([
    ['north', 2],
    ['south', 1],
    ['west', 0],
    ['__proto__', 0],
  ])('given it tells them by tenant, then %s sees %i', (tenant, sessions) => {
    expect(shown({ sessions: 3, sessionsOf: { north: 2, south: 1 } }, tenant)).toBe(sessions);
  });

  it('given an earlier release, then all are of tenant default', () => {
    expect([shown({}, 'default'), shown({}, 'north')]).toEqual([3, 0]);
  });
});

describe('a gateway that is retired', () => {
  it('given its lease has ended, then it counts no more and is not listed, until it reports again', () => {
    const history = given(report('a', 0), report('gone', -20_000));
    expect(history.effect(asked(7, 100))).toMatchObject({ total: 2 });
    expect(history.standing('gone', T + 100)).toBe('gone');
    history.retire('gone', T + 100);
    expect(history.effect(asked(7, 200))).toMatchObject({
      total: 1,
      gateways: [{ gatewayId: 'a' }],
    });
    expect(history.gateways(T + 200, 'default').map((row) => row.gatewayId)).toEqual(['a']);
    expect(history.standing('gone', T + 200)).toBe('unknown');
    history.record(report('gone', 300), T + 300);
    expect(history.effect(asked(7, 400))).toMatchObject({ total: 2 });
  });

  it('given it holds its lease, or has renewed it before that was said, then it stays', () => {
    const history = given(report('a', 0));
    expect(history.standing('a', T + 9_999)).toBe('alive');
    history.retire('a', T + 9_999);
    expect(history.effect(asked(7, 10_000))).toMatchObject({ total: 1 });
  });
});

describe('a reply that is held until the living gateways know', () => {
  it('given one that lags, then it is waited for; one that is silent, stopped or not ready is not', () => {
    const history = given(
      report('a', 0, { fastPosition: 7 }),
      report('silent', -2_000),
      report('stopped', 0, { released: true }),
      report('starting', 0, { ready: false }),
    );
    expect(history.livingHave(7, T + 100, 1_500)).toBe(true);
    history.record(report('b', 100), T + 100);
    expect(history.livingHave(7, T + 200, 1_500)).toBe(false);
    history.record(report('b', 300, { fastPosition: 8 }), T + 300);
    expect(history.livingHave(7, T + 400, 1_500)).toBe(true);
  });
});

describe('how long leases still run', () => {
  it('given a lease that holds, one that ended and one that was given back, then the last is not listed, and a day later only the first is', () => {
    const history = given(
      report('a', 0),
      report('dead', -20_000),
      report('stopped', 0, { released: true }),
    );
    expect(history.leases(T + 4_000)).toEqual([
      { gatewayId: 'a', remainingMs: 6_000 },
      { gatewayId: 'dead', remainingMs: 0 },
    ]);
    expect(history.leases(T + 24 * 3_600_000)).toEqual([{ gatewayId: 'a', remainingMs: 0 }]);
  });
});

describe('a fleet that is cut at once', () => {
  it('given its cuts come in pages, then sessionsCut is right for the first position and the last', () => {
    const pages = Array.from({ length: 7 }, (_, page) =>
      report('a', 10 + page, {
        fastPosition: (page + 1) * 4_000,
        cuts: Array.from({ length: 4_000 }, (__, i) => ({
          position: page * 4_000 + i + 1,
          sessions: 2,
        })),
      }),
    );
    const history = given(...pages);
    for (const position of [1, 14_000, 28_000])
      expect(history.effect(asked(position, 50)).gateways[0]).toMatchObject({ sessionsCut: 2 });
  });
});

describe('a token that was taken back', () => {
  it('given every gateway has it, then it is settled; it waits for one that has not until the token budget has passed', () => {
    const history = given(report('a', 10, { fastPosition: 7 }));
    expect(history.tokensSettled(asked(7, 50), 20_000)).toBe(true);
    history.record(report('b', 20), T + 20);
    expect(history.tokensSettled(asked(7, 50), 20_000)).toBe(false);
    expect(history.tokensSettled(asked(7, 20_000), 20_000)).toBe(true);
  });

  it('given a gateway that stopped, then it counts as long as it could return with its old view', () => {
    const history = given(
      report('a', 10, { fastPosition: 7 }),
      report('b', -5_000, { released: true, tokenBudgetMs: 20_000 }),
    );
    expect(history.tokensSettled(asked(7, 14_999), 60_000)).toBe(false);
    expect(history.tokensSettled(asked(7, 15_000), 60_000)).toBe(true);
  });

  it('given an asker that may not know of all, then only time settles it', () => {
    const history = given(report('a', 10, { fastPosition: 7, tokenBudgetMs: 5_000 }));
    expect(history.tokensSettled(asked(7, 50, { unknown: true }), 20_000)).toBe(false);
    expect(history.tokensSettled(asked(7, 20_000, { unknown: true }), 20_000)).toBe(true);
    expect(given().tokensSettled(asked(7, 50), 20_000)).toBe(false);
  });
});
