import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, inject } from 'vitest';
import { createApi, type Api } from './api.ts';
import { startApp, type AppProcess } from './app-process.ts';
import { startPlatform, type Platform, type PlatformOptions } from './platform.ts';

/**
 * Starts what a file's tests share before the first of them, and stops it after the last. What is
 * returned has its members from then on.
 */
function shared<T extends object>(start: () => Promise<T>, stop: (started: T) => Promise<void>): T {
  const members: Partial<T> = {};
  let started: T | null = null;
  beforeAll(async () => {
    started = await start();
    Object.assign(members, started);
  });
  afterAll(async () => {
    if (started !== null) await stop(started);
  });
  return members as T;
}

/** The separate apps, on the Kafka and the PostgreSQL of this run. */
export function givenPlatform(
  options: Omit<PlatformOptions, 'kafkaBrokers' | 'databaseUrl'> = {},
): Platform {
  const start = (): Promise<Platform> =>
    startPlatform({
      kafkaBrokers: inject('kafkaBrokers'),
      databaseUrl: inject('databaseUrl'),
      ...options,
    });
  return shared(start, (platform) => platform.stop());
}

export interface AllInOne {
  readonly app: AppProcess;
  readonly api: Api;
}

/** All in one process, in a HOME of its own. */
export function givenAllInOne(settings: Readonly<Record<string, string>> = {}): AllInOne {
  const folder = mkdtempSync(join(tmpdir(), 'tallystick-e2e-'));
  const start = async (): Promise<AllInOne> => {
    const app = await startApp('all-in-one', join(folder, 'home'), settings);
    return { app, api: createApi(app.url, app.file('admin-token')) };
  };
  return shared(start, async ({ app }) => {
    await app.stop();
    rmSync(folder, { recursive: true, force: true });
  });
}
