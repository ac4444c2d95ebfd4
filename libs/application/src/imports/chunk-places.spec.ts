import { createFixedClock } from '@tallystick/test-kit';
import { describe, expect, it } from 'vitest';
import type { DeviceQuota, Ending } from '../handlers/quota.types.ts';
import type { RowOfChunk } from './candidate.ts';
import { createTrialQuota, takePlaces, withinPlaces } from './chunk-places.ts';
import type { PlannedRow } from './planned-row.types.ts';

const refusal = { code: 'quota-exceeded', detail: 'full' } as const;

/** Room for so many devices in each product; `broken` has no answer. */
function createQuota(room: number) {
  const state = { room, passing: false };
  const endings: [productKey: string, ending: Ending][] = [];
  const quota: DeviceQuota = {
    grant: (_tenant, productKey, devices) => {
      if (productKey === 'broken') return Promise.reject(new Error('the view is away'));
      const granted = Math.min(devices, state.room);
      const end = (ending: Ending): void => void endings.push([productKey, ending]);
      const short = granted < devices;
      const passing = short && state.passing;
      return Promise.resolve({ granted, refusal: short ? refusal : null, passing, end });
    },
  };
  const clock = createFixedClock();
  let pauses = 0;
  const pause = (ms: number): Promise<void> => {
    clock.advance(ms);
    // What others hold is free after a while.
    if ((pauses += 1) === 4) state.room += 1;
    return Promise.resolve();
  };
  const take = (...productKeys: readonly string[]) =>
    takePlaces({ clock, pause, quota, tenant: 't' }, rowsOf(...productKeys));
  return { quota, endings, state, take, deps: { clock, pause, quota, tenant: 't' } };
}

function rowsOf(...productKeys: readonly string[]): readonly RowOfChunk[] {
  return productKeys.map((productKey, row) => {
    const none = { deviceKey: null, deviceId: null, deviceSecret: null, name: null, tags: {} };
    const names = { deviceKey: 'k', deviceId: 'd', stream: 's', names: [] };
    const secretForm = 'token' as const;
    const input = { ...none, productKey };
    return { row, read: { row, input, secretForm, ...names } };
  });
}

describe('places for a chunk', () => {
  it('given no limits, then none are asked for', async () => {
    const places = await takePlaces({ ...createQuota(0).deps, quota: null }, rowsOf('a'));
    expect([places.short, places.grants.size]).toEqual([false, 0]);
  });

  it('given rows of two products, then each has its own, and one that is short says so', async () => {
    const { deps, endings } = createQuota(2);
    const refused: RowOfChunk = {
      row: 9,
      read: { code: 'invalid-field', detail: '', deviceKey: '' },
    };
    const places = await takePlaces(deps, [...rowsOf('a', 'b', 'a', 'a'), refused]);
    expect(places.short).toBe(true);
    expect(places.grants.get('a')).toMatchObject({ granted: 2, refusal });
    expect(places.grants.get('b')).toMatchObject({ granted: 1, refusal: null });
    places.end(7);
    expect(endings).toEqual([
      ['a', 7],
      ['b', 7],
    ]);
  });

  it('given one product cannot be told, then the others are given back', async () => {
    const { take, endings } = createQuota(2);
    await expect(take('a', 'broken')).rejects.toThrow('away');
    expect(endings).toEqual([['a', null]]);
  });

  it('given others hold places that may become free, then it waits for them', async () => {
    const { take, state, endings } = createQuota(1);
    state.passing = true;
    const places = await take('a', 'a');
    expect(places).toMatchObject({ short: false });
    expect(endings).toEqual(Array(4).fill(['a', null]));
  });

  it('given they do not become free, then it goes on with what there is', async () => {
    const { take, state, deps } = createQuota(1);
    state.passing = true;
    const begun = deps.clock.monotonicMs();
    const places = await take('a', 'a', 'a');
    expect(places.grants.get('a')).toMatchObject({ granted: 2, refusal });
    expect(deps.clock.monotonicMs() - begun).toBe(45_000);
  });

  it.each([
    ['appended', 7],
    ['stale', null],
    ['lost', null],
  ] as const)('given the chunk is %s, then they end with %s', async (became, ending) => {
    const { take, endings } = createQuota(2);
    const places = await take('a');
    await withinPlaces(
      places,
      () => 7,
      () => Promise.resolve(became),
    );
    expect(endings).toEqual([['a', ending]]);
  });

  it('given nobody knows what became of it, then neither do they', async () => {
    const { take, endings } = createQuota(2);
    const places = await take('a');
    const work = (): Promise<never> => Promise.reject(new Error('the connection broke'));
    await expect(withinPlaces(places, () => 7, work)).rejects.toThrow('broke');
    expect(endings).toEqual([['a', 'unknown']]);
  });
});

describe('a dry run', () => {
  const accepted = { state: 'accepted', productKey: 'a' } as PlannedRow;

  it('counts what it has accepted so far, and holds no place', async () => {
    const { quota, endings } = createQuota(3);
    const trial = createTrialQuota(quota);
    if (trial.quota === null) throw new Error('there is a quota');
    expect(await trial.quota.grant('t', 'a', 2)).toMatchObject({ granted: 2, refusal: null });
    trial.accept([accepted, accepted, { ...refusal, state: 'refused', deviceKey: '' }]);
    expect(await trial.quota.grant('t', 'a', 2)).toMatchObject({ granted: 1, refusal });
    expect(endings).toEqual([
      ['a', null],
      ['a', null],
    ]);
  });

  it('has no quota where there are no limits', () => {
    expect(createTrialQuota(null).quota).toBeNull();
  });
});
