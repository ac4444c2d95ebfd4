import { describe, expect, it } from 'vitest';
import {
  applyBeat,
  applyReport,
  initialLeases,
  watchGateway,
  type Leases,
} from './gateway-leases.ts';
import {
  adoptIncarnation,
  fenceTerm,
  isLost,
  judgeSource,
  reinstate,
  retireIncarnation,
} from './gateway-standing.ts';
import { from, opened, sessionOf, told } from './session.builder.ts';

const LEASE_MS = 10_000;

const report = (given: Partial<Parameters<typeof applyReport>[1]> = {}) => ({
  gatewayId: 'g',
  incarnation: 'g-1',
  term: 1,
  leaseMs: LEASE_MS,
  released: false,
  at: 0,
  ...given,
});

/** Own beats from..to, one each `stepMs`; the verdicts of all of them. */
function beats(leases: Leases, fromMs: number, toMs: number, stepMs = 1_000, judging = true) {
  const verdicts: string[] = [];
  for (let at = fromMs; at <= toMs; at += stepMs) {
    const step = applyBeat(leases, at, judging);
    leases = step.leases;
    verdicts.push(...step.verdicts.map(({ kind, lease }) => `${kind} ${lease.term} at ${at}`));
  }
  return { leases, verdicts };
}

const reported = (leases: Leases, given?: Partial<Parameters<typeof applyReport>[1]>) =>
  applyReport(leases, report(given)).leases;

describe('a gateway’s lease, by the log’s own clock', () => {
  it('is missed once own beats of the length of a lease stand after its last report', () => {
    const { verdicts } = beats(reported(initialLeases), 0, 12_000);
    expect(verdicts).toEqual(['missed 1 at 10000']);
  });

  it('is held while it reports', () => {
    const later = reported(beats(reported(initialLeases), 0, 8_000).leases);
    expect(beats(later, 9_000, 18_000).verdicts).toEqual([]);
  });

  it('is not judged across a gap: after a broker’s outage or a pause all begin anew', () => {
    const before = beats(reported(initialLeases), 0, 9_000).leases;
    expect(beats(before, 69_000, 78_000).verdicts).toEqual([]);
    expect(beats(before, 69_000, 79_000).verdicts).toEqual(['missed 1 at 79000']);
  });

  it('is not judged when the tracker’s clock goes back', () => {
    const before = beats(reported(initialLeases), 50_000, 59_000).leases;
    expect(beats(before, 20_000, 29_000).verdicts).toEqual([]);
  });

  it('is not judged before the tracker has caught up, and at once then', () => {
    const { leases, verdicts } = beats(reported(initialLeases), 0, 12_000, 1_000, false);
    expect(verdicts).toEqual([]);
    expect(beats(leases, 13_000, 13_000).verdicts).toEqual(['missed 1 at 13000']);
  });

  it('counts from the first beat for a gateway that only its sessions tell of', () => {
    const watched = watchGateway(initialLeases, report());
    expect(beats(watched, 0, 12_000).verdicts).toEqual(['missed 1 at 10000']);
  });

  it('begins anew when its sessions speak of a term that no report has named yet', () => {
    const missed = beats(reported(initialLeases), 0, 12_000).leases;
    const back = watchGateway(missed, report({ term: 2 }));
    expect(beats(back, 13_000, 22_000).verdicts).toEqual([]);
    expect(beats(back, 13_000, 23_000).verdicts).toEqual(['missed 2 at 23000']);
  });

  it('of two dead incarnations that only sessions tell of is missed by each', () => {
    const both = [report(), report({ incarnation: 'g-2' })];
    const watched = both.reduce(watchGateway, initialLeases);
    expect(both.reduce(watchGateway, watched)).toBe(watched);
    expect(beats(watched, 0, 12_000).verdicts).toEqual(['missed 1 at 10000', 'missed 1 at 10000']);
  });

  it('goes by reports alone once there is one', () => {
    const watched = watchGateway(initialLeases, report({ incarnation: 'g-0' }));
    const heard = reported(watched);
    expect([...heard.of.values()]).toMatchObject([{ standing: { incarnation: 'g-1' } }]);
    expect(watchGateway(heard, report({ incarnation: 'g-0', term: 9 }))).toBe(heard);
  });

  it('is given back by a clean stop', () => {
    const step = applyReport(reported(initialLeases), report({ released: true }));
    expect(step.verdicts.map(({ kind }) => kind)).toEqual(['released']);
    expect(beats(step.leases, 0, 20_000).verdicts).toEqual([]);
  });

  it('reminds a gateway that goes on under a fenced term, not oftener than each 2 s', () => {
    const { leases } = beats(reported(initialLeases), 0, 10_000);
    expect(applyReport(leases, report()).verdicts).toEqual([]);
    const later = beats(leases, 11_000, 12_000).leases;
    const again = applyReport(later, report());
    expect(again.verdicts.map(({ kind }) => kind)).toEqual(['remind']);
    expect(applyReport(again.leases, report()).verdicts).toEqual([]);
    const next = reported(again.leases, { term: 2 });
    expect(beats(next, 13_000, 22_000).verdicts).toEqual([]);
  });

  it('is not heard of from a second gateway while it is live, nor that one’s giving it back', () => {
    const held = reported(initialLeases, { at: 5_000 });
    for (const given of [{ at: 14_999 }, { at: 14_999, released: true }, { replaces: 'g-0' }])
      expect(applyReport(held, report({ incarnation: 'g-2', ...given }))).toEqual({
        leases: held,
        verdicts: [],
      });
  });

  it('is anybody’s when it has ended by the log’s time, and at once when it was given back', () => {
    const held = reported(initialLeases, { at: 5_000 });
    const seen = (leases: Leases, at: number) =>
      applyReport(leases, report({ incarnation: 'g-2', at })).verdicts.map(({ kind }) => kind);
    expect(seen(held, 15_000)).toEqual(['seen']);
    expect(seen(reported(held, { at: 6_000, released: true }), 6_000)).toEqual(['seen']);
  });

  it('passes to a new incarnation; an older one is not heard again', () => {
    const heir = report({ incarnation: 'g-2', replaces: 'g-1' });
    const step = applyReport(reported(initialLeases), heir);
    expect(step.verdicts).toMatchObject([
      { kind: 'seen', lease: { standing: { incarnation: 'g-2', retired: ['g-1'] } } },
    ]);
    const zombie = applyReport(step.leases, report());
    expect(zombie).toEqual({ leases: step.leases, verdicts: [] });
  });
});

describe('a gateway’s standing', () => {
  it('knows current, fenced, retired and new', () => {
    const first = adoptIncarnation(undefined, 'g-1');
    const fenced = fenceTerm(first, 'g-1', 2);
    const second = adoptIncarnation(fenced, 'g-2');
    expect([
      judgeSource(undefined, 'g-1', 1),
      judgeSource(first, 'g-1', 1),
      judgeSource(fenced, 'g-1', 2),
      judgeSource(fenced, 'g-1', 3),
      judgeSource(second, 'g-1', 3),
      judgeSource(second, 'g-2', 1),
      judgeSource(second, 'g-3', 1),
    ]).toEqual(['new', 'current', 'fenced', 'current', 'retired', 'current', 'new']);
  });

  it('fences a term once, and never one of a retired incarnation', () => {
    const fenced = fenceTerm(undefined, 'g-1', 2);
    expect(fenceTerm(fenced, 'g-1', 1)).toBe(fenced);
    const second = adoptIncarnation(fenced, 'g-2');
    expect(fenceTerm(second, 'g-1', 9)).toBe(second);
  });

  it('takes back an incarnation that was retired in error, behind a fence', () => {
    const second = adoptIncarnation(adoptIncarnation(undefined, 'g-1'), 'g-2');
    const back = reinstate(second, 'g-1', 3);
    expect(judgeSource(back, 'g-1', 3)).toBe('fenced');
    expect(judgeSource(back, 'g-1', 4)).toBe('current');
    expect(judgeSource(back, 'g-2', 4)).toBe('retired');
  });

  it('retires the spool of a process that died', () => {
    const known = adoptIncarnation(undefined, 'g-2');
    expect(judgeSource(retireIncarnation(known, 'g-1'), 'g-1', 1)).toBe('retired');
    expect(retireIncarnation(known, 'g-2')).toBe(known);
  });

  it('loses the sessions of fenced terms and of older incarnations', () => {
    const [live] = told([[from('g', { term: 2 }), opened(sessionOf('s', 1))]]).device.live;
    if (live === undefined) throw new Error('no session');
    expect(isLost(fenceTerm(undefined, 'g-1', 1), live)).toBe(false);
    expect(isLost(fenceTerm(undefined, 'g-1', 2), live)).toBe(true);
    expect(isLost(adoptIncarnation(undefined, 'g-2'), live)).toBe(true);
  });
});
