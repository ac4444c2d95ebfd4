import type { ServerResponse } from 'node:http';

/** What the system has taken may be unread when the client goes: its reset tells a little later. */
const RESET_WITHIN_MS = 10_000;

/**
 * Calls once where the client did not get the whole answer: it closed before the end was sent, or
 * reset the connection right after, as a system does whose process leaves bytes unread.
 */
export function onBrokenOff(response: ServerResponse, brokeOff: () => void): void {
  const { socket } = response;
  response.once('close', () => {
    if (!response.writableFinished) return brokeOff();
    const onClose = (failed: boolean): void => {
      clearTimeout(timer);
      if (failed) brokeOff();
    };
    const timer = setTimeout(() => socket?.off('close', onClose), RESET_WITHIN_MS);
    timer.unref();
    socket?.once('close', onClose);
  });
}
