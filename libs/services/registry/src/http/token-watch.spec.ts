import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FIRST_CALLER } from './caller.ts';
import { UNSURE_MS, watchToken } from './token-watch.ts';

const CALLER = { ...FIRST_CALLER, tokenId: 'tk_1' };

describe('an answer that goes on', () => {
  let response: ServerResponse;

  beforeEach(() => {
    vi.useFakeTimers();
    response = new ServerResponse(new IncomingMessage(new Socket()));
    response.once('close', () => undefined);
  });
  afterEach(() => {
    response.emit('close');
    vi.useRealTimers();
  });

  it('given a token that is in force no more, then it ends within a second', async () => {
    const isInForce = vi.fn(() => Promise.resolve(true));
    watchToken(response, CALLER, { isInForce });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(response.destroyed).toBe(false);
    isInForce.mockResolvedValue(false);
    await vi.advanceTimersByTimeAsync(500);
    expect(response.destroyed).toBe(true);
  });

  it('given a store that is away for long, then it ends where it goes on without the store', async () => {
    const isInForce = vi.fn(() => Promise.reject(new Error('away')));
    watchToken(response, CALLER, { isInForce });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(response.destroyed).toBe(false);
    watchToken(response, CALLER, { isInForce }, UNSURE_MS);
    await vi.advanceTimersByTimeAsync(4_000);
    expect(response.destroyed).toBe(false);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(response.destroyed).toBe(true);
  });

  it('given a reader that is gone, or the first token, then nothing is asked any more', async () => {
    const isInForce = vi.fn(() => Promise.resolve(true));
    watchToken(response, FIRST_CALLER, { isInForce });
    watchToken(response, CALLER, { isInForce });
    response.emit('close');
    await vi.advanceTimersByTimeAsync(5_000);
    expect(isInForce).not.toHaveBeenCalled();
  });
});
