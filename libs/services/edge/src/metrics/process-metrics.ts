import { collectDefaultMetrics, Registry } from 'prom-client';

/** All metrics of this process, whichever of its services defines them. */
export const processRegister = new Registry();

/**
 * Gauges that the library names as if they were counters; nodejs_active_* without `_total` says the
 * same, by type.
 */
const MISNAMED = [
  'nodejs_active_resources_total',
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
];

let collecting = false;

/** Adds what the client library tells of the process and of Node.js (process_*, nodejs_*); once. */
export function collectProcessMetrics(): void {
  if (collecting) return;
  collecting = true;
  collectDefaultMetrics({ register: processRegister });
  for (const name of MISNAMED) processRegister.removeSingleMetric(name);
}

/** What GET /metrics answers. */
export async function metricsText(): Promise<{
  readonly contentType: string;
  readonly text: string;
}> {
  return { contentType: processRegister.contentType, text: await processRegister.metrics() };
}
