import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { keepTrying, pause, withinMs } from './waiting.ts';

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

describe('work that is tried again', () => {
  /** Fails so many times, then gives `done`. */
  function failing(times: number) {
    let left = times;
    return async (): Promise<string> => {
      left -= 1;
      if (left >= 0) throw new Error(`failure ${times - left}`);
      return 'done';
    };
  }

  it('comes again after its pause until it succeeds, and each failure is told', async () => {
    const told: string[] = [];
    const { signal } = new AbortController();
    const failed = (error: unknown, before: number): void => void told.push(`${before} ${error}`);
    const trying = keepTrying(failing(2), { signal, everyMs: 100, failed });
    await vi.advanceTimersByTimeAsync(199);
    expect(await settled(trying)).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(await trying).toBe('done');
    expect(told).toEqual(['0 Error: failure 1', '1 Error: failure 2']);
  });

  it('ends when the signal aborts in a pause', async () => {
    const stopping = new AbortController();
    const { signal } = stopping;
    const trying = keepTrying(failing(9), { signal, everyMs: 100, failed: () => undefined });
    await vi.advanceTimersByTimeAsync(50);
    stopping.abort();
    expect(await trying).toBeUndefined();
  });

  it('does not begin when the signal has aborted before', async () => {
    const work = vi.fn<() => Promise<void>>();
    const signal = AbortSignal.abort();
    expect(await keepTrying(work, { signal, everyMs: 1, failed: () => undefined })).toBeUndefined();
    expect(work).not.toHaveBeenCalled();
  });

  it('ends with what the failure is answered by', async () => {
    const { signal } = new AbortController();
    const failed = (error: unknown): never => {
      throw error;
    };
    await expect(keepTrying(failing(1), { signal, everyMs: 1, failed })).rejects.toThrow('failure');
  });
});
