import { onTestFinished } from 'vitest';
import { until } from '../stack/processes.ts';
import type { World } from './world.ts';

/** What devices publish, as the platform hands it on. */
export interface Telemetry {
  /** Waits until a message on this topic has come. */
  heard(topic: string): Promise<void>;
}

/** Follows the tenant's telemetry from now on, until the test ends. */
export async function followTelemetry(world: World): Promise<Telemetry> {
  const token = await world.api('POST', '/tokens', { name: 'telemetry', scopes: ['read'] });
  const end = new AbortController();
  onTestFinished(() => end.abort());
  const url = `${world.url()}/api/v1/events/stream?topic=telemetry&from=latest`;
  const headers = { authorization: `Bearer ${String(token.body['token'])}` };
  const response = await fetch(url, { headers, signal: end.signal });
  let text = '';
  const follow = async (): Promise<void> => {
    for await (const chunk of response.body ?? []) text += Buffer.from(chunk).toString('utf8');
  };
  // Ended by the test itself.
  follow().catch(() => undefined);
  return {
    heard: (topic) =>
      until(`a message on ${topic} is handed on`, 60_000, () => text.includes(`"${topic}"`)),
  };
}
