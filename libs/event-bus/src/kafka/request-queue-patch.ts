import kafkajsPackage from 'kafkajs/package.json' with { type: 'json' };
import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';
import { PortError } from '@tallystick/kernel';

const PATCHED_VERSION = '2.2.4';

/**
 * kafkajs 2.2.4 re-arms the check of its request queue for ever, with a negative delay, also when
 * nothing waits: thousands of timers a second on an idle connection (kafkajs issues 1704, 1751).
 * Only a throttled queue needs the timer: one that is merely full is looked at when a request is
 * answered or times out.
 */
export function patchRequestQueue(): void {
  if (kafkajsPackage.version !== PATCHED_VERSION)
    throw new PortError(
      'misconfigured',
      `the kafkajs patch is for ${PATCHED_VERSION}, not ${kafkajsPackage.version}`,
    );
  RequestQueue.prototype.scheduleCheckPendingRequests = function scheduleWhenThrottled() {
    const wait = this.throttledUntil - Date.now();
    if (this.throttleCheckTimeoutId !== null || this.pending.length === 0 || wait <= 0) return;
    this.throttleCheckTimeoutId = setTimeout(() => {
      this.throttleCheckTimeoutId = null;
      this.checkPendingRequests();
    }, wait);
  };
}
