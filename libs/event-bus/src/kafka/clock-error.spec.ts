import { describe, expect, it } from 'vitest';
import { ClockError } from './clock-error.ts';

/** A clock that is `ahead` of the log's; each send takes as long as it is told. */
function world(ahead: number) {
  const said: string[] = [];
  const clock = new ClockError((level, message) => void said.push(`${level} ${message}`));
  const state = { ahead, now: 1_000_000, asleep: 0 };
  const own = () => ({ wallMs: state.now + state.ahead, monotonicMs: state.now - state.asleep });
  const send = (tookMs: number, stampedAfterMs: number): void => {
    const sentMs = own().monotonicMs;
    const appendedAt = state.now + stampedAfterMs;
    state.now += tookMs;
    clock.observe({ sentMs, appendedAt, answeredMs: own().monotonicMs }, own());
  };
  /** How far the clock is said to be ahead. */
  const error = () => clock.ms(own());
  /** How far what is taken for the log's time is from it. */
  const off = () => (clock.timeAt(own().monotonicMs) ?? 0) - state.now;
  return { said, state, send, error, off };
}

describe('how far a clock is from the log’s', () => {
  it('given nothing sent, then it is not known', () => {
    expect(world(0).error()).toBeNull();
  });

  it.each([14_000, -14_000, 0])(
    'given one that is %i ms ahead, then a send tells it within half of what it took',
    (ahead) => {
      const { error, send } = world(ahead);
      send(40, 10);
      expect(Math.abs((error() ?? 0) - ahead)).toBeLessThanOrEqual(21);
    },
  );

  it('given a slow send first and quick ones after it, then the quick ones count', () => {
    const { error, send } = world(5_000);
    send(4_000, 3_900);
    send(4, 2);
    expect(Math.abs((error() ?? 0) - 5_000)).toBeLessThanOrEqual(3);
  });

  it('given quick sends and then slow ones, then it does not move', () => {
    const { error, send } = world(5_000);
    send(2, 1);
    const before = error();
    for (const stampedAfter of [0, 900, 450]) send(900, stampedAfter);
    expect(error()).toBe(before);
  });

  it.each([-60_000, -5_000, 5_000, 600_000])(
    'given a clock that is set by %i ms, then the error is known at once, and the log’s time goes on as it did',
    (step) => {
      const { error, off, send, state } = world(5_000);
      send(2, 1);
      state.ahead += step;
      expect(Math.abs((error() ?? 0) - 5_000 - step)).toBeLessThanOrEqual(2);
      expect(Math.abs(off())).toBeLessThanOrEqual(2);
      send(2, 1);
      expect(Math.abs(off())).toBeLessThanOrEqual(2);
    },
  );

  it('given a machine that slept, and its monotonic clock with it, then it begins anew', () => {
    const { off, send, state } = world(0);
    send(2, 1);
    state.now += 60_000;
    state.asleep += 60_000;
    send(2, 1);
    expect(Math.abs(off())).toBeLessThanOrEqual(2);
  });

  it('given clocks that may be right, then they agree, however unevenly the sends went', () => {
    const [one, other] = [world(0), world(0)];
    one.send(60, 1);
    other.send(60, 59);
    expect([one.error(), other.error()]).toEqual([0, 0]);
    one.send(2, 1);
    other.send(2, 2);
    expect([one.error(), other.error()]).toEqual([0, 0]);
  });

  it('given clocks that drift, then it follows', () => {
    const { error, send, state } = world(0);
    for (let minute = 0; minute < 60; minute += 1) {
      state.now += 60_000;
      state.ahead += 6;
      send(2, 1);
    }
    expect(Math.abs((error() ?? 0) - 360)).toBeLessThanOrEqual(3);
  });

  it('given more than 30 s, then it is said, once a minute', () => {
    const { said, send, state } = world(31_000);
    for (let second = 0; second < 59; second += 1) {
      send(2, 1);
      state.now += 1_000;
    }
    expect(said).toHaveLength(1);
    expect(said[0]).toContain('error the clock of this machine is too far');
    const near = world(29_000);
    near.send(2, 1);
    expect(near.said).toEqual([]);
  });
});
