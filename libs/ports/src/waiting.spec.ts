import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { pause, withinMs } from './waiting.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

/** Whether the promise is settled by now. */
async function settled(promise: Promise<unknown>): Promise<boolean> {
  let done = false;
  const note = (): void => void (done = true);
  promise.then(note, note);
  await vi.advanceTimersByTimeAsync(0);
  return done;
}

describe('a pause', () => {
  it('lasts for its time', async () => {
    const pausing = pause(100);
    await vi.advanceTimersByTimeAsync(99);
    expect(await settled(pausing)).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(await settled(pausing)).toBe(true);
  });

  it('ends when the signal aborts, and leaves no timer', async () => {
    const stopping = new AbortController();
    const pausing = pause(100, stopping.signal);
    stopping.abort();
    expect(await settled(pausing)).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('does not begin when the signal has aborted before', async () => {
    expect(await settled(pause(100, AbortSignal.abort()))).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('work within a time', () => {
  it('gives its result, and leaves no timer', async () => {
    expect(await withinMs(Promise.resolve('done'), 100)).toBe('done');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('gives undefined when the time is up', async () => {
    const waiting = withinMs(new Promise<string>(() => undefined), 100);
    await vi.advanceTimersByTimeAsync(100);
    expect(await waiting).toBeUndefined();
  });

  it('rejects when the work does, and not when it does so too late', async () => {
    await expect(withinMs(Promise.reject(new Error('no')), 100)).rejects.toThrow('no');
    const { promise, reject } = Promise.withResolvers<never>();
    const waiting = withinMs(promise, 100);
    await vi.advanceTimersByTimeAsync(100);
    reject(new Error('late'));
    expect(await waiting).toBeUndefined();
    expect(vi.getTimerCount()).toBe(0);
  });
});
