import { Socket } from 'node:net';
import pg from 'pg';
import { withinMs } from '@tallystick/ports';

const END_MS = 1_000;

/** A connection outside the pool, that can be ended although nobody answers at its other end. */
export interface DirectClient {
  readonly client: pg.Client;
  /** Rejects when the connection is ended meanwhile: pg's own connect never settles then. */
  connect(): Promise<void>;
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
  const over = Promise.withResolvers<never>();
  over.promise.catch(() => undefined);
  return {
    client,
    connect: async () => {
      await Promise.race([client.connect(), over.promise]);
    },
    end: async () => {
      over.reject(new Error('the connection was ended'));
      const ended = client.end().catch(() => undefined);
      await withinMs(ended, END_MS);
      socket.destroy();
    },
  };
}
