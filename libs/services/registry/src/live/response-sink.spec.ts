import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { toLiveSink } from './response-sink.ts';

const open = () => {
  const response = new ServerResponse(new IncomingMessage(new Socket()));
  return { response, sink: toLiveSink(response) };
};

describe('the response of a live reader', () => {
  it('given a reader that is slow again and again, then each wait leaves nothing behind', async () => {
    const { response, sink } = open();
    const before = ['close', 'drain', 'error'].map((event) => response.listenerCount(event));
    for (let n = 0; n < 20; n += 1) {
      const drained = sink.drained(60_000);
      response.emit('drain');
      expect(await drained).toBe(true);
    }
    const after = ['close', 'drain', 'error'].map((event) => response.listenerCount(event));
    expect(after).toEqual(before);
  });

  it('given a reader that is gone, or takes nothing in its time, then it is told so', async () => {
    const gone = open();
    const waiting = gone.sink.drained(60_000);
    gone.response.emit('close');
    expect(await waiting).toBe(false);
    const slow = open();
    expect(await slow.sink.drained(1)).toBe(false);
    expect(slow.response.destroyed).toBe(true);
  });
});
