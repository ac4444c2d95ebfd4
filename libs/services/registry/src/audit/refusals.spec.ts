import { PortError } from '@tallystick/kernel';
import type { AuditEntry, CountedAttempts } from '@tallystick/projections';
import { createFixedClock } from '@tallystick/test-kit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Refused } from './noted-refusals.ts';
import { startRefusals, type Refusals } from './refusals.ts';

const refused = (over: Partial<Refused> = {}): Refused => ({
  ...{ alone: false, tenant: 'default', actor: 'unknown', action: 'getDevice refused' },
  ...{ subject: null, remoteAddress: '192.0.2.1', requestId: 'r', detail: 'unauthenticated' },
  ...over,
});

describe('refused attempts', () => {
  const clock = createFixedClock();
  const errors: unknown[] = [];
  let away: boolean;
  let entries: AuditEntry[];
  let counted: CountedAttempts[];
  let refusals: Refusals;

  beforeEach(() => {
    away = false;
    entries = [];
    counted = [];
    errors.length = 0;
    clock.advance(60_000 - (clock.now() % 60_000));
    const write = async (work: () => void): Promise<void> => {
      if (away) throw new PortError('unavailable', 'the database is away');
      work();
    };
    refusals = startRefusals({
      audit: {
        record: (all) => write(() => void entries.push(...all)),
        count: (all) => write(() => void counted.push(...all)),
      },
      clock,
      onError: (error) => void errors.push(error),
    });
  });
  afterEach(() => refusals.stop());

  const note = (times: number, over: (n: number) => Partial<Refused> = () => ({})): void => {
    for (let n = 0; n < times; n += 1) refusals.note(refused(over(n)));
  };
  const sum = (): number => counted.reduce((all, { times }) => all + times, 0);

  it('are counted by address, actor, action and minute', async () => {
    const minute = clock.now();
    note(3);
    clock.advance(59_999);
    note(2);
    note(1, () => ({ remoteAddress: '192.0.2.2' }));
    note(1, () => ({ actor: 'token:a' }));
    note(1, () => ({ action: 'getProduct refused' }));
    clock.advance(1);
    note(1);
    await refusals.flush();
    expect(entries).toEqual([]);
    expect(counted.map((one) => [one.time - minute, one.times])).toEqual([
      [0, 5],
      ...[1, 1, 1].map((times) => [59_999, times]),
      [60_000, 1],
    ]);
  });

  it('have a row each with 403, in so far as there are not too many in a minute', async () => {
    const action = 'deleteDevice refused';
    note(1_005, (n) => ({ alone: true, action, subject: `d${n}`, detail: 'forbidden' }));
    await refusals.flush();
    expect(entries).toHaveLength(1_000);
    expect(entries[7]).toMatchObject({ subject: 'd7', detail: 'forbidden', time: clock.now() });
    expect(counted).toMatchObject([{ action, times: 5 }]);
    clock.advance(60_000);
    note(1, () => ({ alone: true }));
    await refusals.flush();
    expect(entries).toHaveLength(1_001);
  });

  it('take no more memory than that of 1,000 counters, from however many addresses', async () => {
    note(5_000, (n) => ({ remoteAddress: `10.0.0.${n}` }));
    await refusals.flush();
    expect(counted).toHaveLength(1_001);
    expect(counted.at(-1)).toMatchObject({
      action: '* refused',
      remoteAddress: null,
      times: 4_000,
    });
    expect(sum()).toBe(5_000);
  });

  it('stay noted while the database is away, and as bounded', async () => {
    away = true;
    for (let minutes = 0; minutes < 5; minutes += 1) {
      note(1_500, (n) => ({ alone: n % 2 === 0, subject: `d${n}`, remoteAddress: `a${n}` }));
      await refusals.flush();
      clock.advance(60_000);
    }
    expect(errors).not.toEqual([]);
    away = false;
    await refusals.flush();
    expect(entries).toHaveLength(1_000);
    expect(counted.length).toBeLessThanOrEqual(1_001);
    expect(entries.length + sum()).toBe(7_500);
  });

  it('are written at the stop, without anybody’s asking', async () => {
    note(2);
    note(1, () => ({ alone: true }));
    await refusals.stop();
    expect([entries.length, sum()]).toEqual([1, 2]);
  });
});
