import { Socket } from 'node:net';
import pg from 'pg';
import { withinMs } from '@tallystick/ports';

const END_MS = 1_000;

/** A connection outside the pool, that can be ended although nobody answers at its other end. */
export interface DirectClient {
  readonly client: pg.Client;
  end(): Promise<void>;
}

export function openDirectClient(
  url: string,
  options: Pick<pg.ClientConfig, 'application_name' | 'query_timeout'>,
): DirectClient {
  const socket = new Socket();
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    stream: () => socket,
    ...options,
  });
  return {
    client,
    end: async () => {
      const ended = client.end().catch(() => undefined);
      await withinMs(ended, END_MS);
      socket.destroy();
    },
  };
}
