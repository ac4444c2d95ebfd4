import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { LiveSink } from './live-stream.ts';

export const LIVE_CONTENT_TYPE = 'text/event-stream; charset=utf-8';

/**
 * A response of server-sent events. It is full at Node's 64 KiB; what the client's own system has
 * taken does not count.
 */
export function toLiveSink(response: ServerResponse): LiveSink {
  response.writeHead(200, {
    'content-type': LIVE_CONTENT_TYPE,
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  response.flushHeaders();
  response.on('error', () => response.destroy());
  return {
    write: (text) => response.destroyed || response.write(text),
    drained: async (timeoutMs) => {
      // Ends the wait that was not met: a slow reader must not pile up listeners until their time
      // is over.
      const settled = new AbortController();
      const signal = AbortSignal.any([settled.signal, AbortSignal.timeout(timeoutMs)]);
      const closed = once(response, 'close', { signal }).then(() => false);
      const drained = once(response, 'drain', { signal }).then(() => true);
      try {
        return await Promise.race([closed, drained]);
      } catch {
        response.destroy();
        return false;
      } finally {
        settled.abort();
      }
    },
    end: () => {
      response.end();
    },
    onClosed: (listener) => {
      response.on('close', listener);
    },
  };
}
