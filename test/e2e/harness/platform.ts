import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { specDatabase } from '@tallystick/event-store/testing';
import { createApi, type Api } from './api.ts';
import { startApp, type AppProcess } from './app-process.ts';

/**
 * The separate apps together, on a real Kafka and PostgreSQL, with topics and a database of their
 * own.
 */
export interface Platform {
  readonly folder: string;
  readonly prefix: string;
  readonly databaseUrl: string;
  readonly registries: readonly AppProcess[];
  readonly gateways: readonly AppProcess[];
  readonly trackers: readonly AppProcess[];
  /** Of the first registry. */
  readonly api: Api;
  apiOf(registry: AppProcess): Api;
  /** The MQTT port of a gateway. */
  mqtt(gateway: number): number;
  /** The name of a topic, prefix and all. */
  topic(name: string): string;
  stop(): Promise<void>;
}

export interface PlatformOptions {
  readonly kafkaBrokers: string;
  readonly databaseUrl: string;
  readonly registries?: number;
  readonly gateways?: number;
  readonly trackers?: number;
  /**
   * By how much each app's wall clock is ahead, in milliseconds; of several gateways each. Absent:
   * none is.
   */
  readonly clocksAheadMs?: {
    readonly registry: number;
    readonly gateways: readonly number[];
    readonly tracker: number;
  };
  /** Settings of all apps. */
  readonly settings?: Readonly<Record<string, string>>;
}

type Settings = Readonly<Record<string, string>>;
type Name = Parameters<typeof startApp>[0];

const ADMIN_TOKEN = 'admin-token-of-the-journeys';

/** Starts apps with common settings, each in a folder of its own, and stops all that it started. */
class Starter {
  readonly folder = mkdtempSync(join(tmpdir(), 'tallystick-e2e-'));
  readonly #apps: AppProcess[] = [];
  readonly #common: Settings;

  constructor(common: Settings) {
    this.#common = {
      TALLYSTICK_ADMIN_TOKEN: ADMIN_TOKEN,
      TALLYSTICK_INTERNAL_TOKEN: 'e2e-internal-token',
      TALLYSTICK_KEY_RING_FILE: join(this.folder, 'key-ring.json'),
      TALLYSTICK_GATEWAY_KEYS_FILE: join(this.folder, 'gateway-keys.json'),
      ...common,
    };
  }

  several(
    name: Name,
    count: number,
    settings: (index: number) => Settings = () => ({}),
  ): Promise<readonly AppProcess[]> {
    const start = async (index: number): Promise<AppProcess> => {
      const home = join(this.folder, `${name}-${index}`);
      const app = await startApp(name, home, { ...this.#common, ...settings(index) });
      this.#apps.push(app);
      return app;
    };
    return Promise.all(Array.from({ length: count }, (_, index) => start(index)));
  }

  async stopAll(): Promise<void> {
    await Promise.all(this.#apps.map((app) => app.stop()));
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const SHIFT_CLOCK = new URL('../children/shift-clock.mjs', import.meta.url).href;

const ahead = (ms: number | undefined): Settings =>
  ms === undefined ? {} : { NODE_OPTIONS: `--import=${SHIFT_CLOCK}`, SHIFT_CLOCK_MS: String(ms) };

async function startApps(starter: Starter, options: PlatformOptions) {
  const { clocksAheadMs: clocks } = options;
  const registries = await starter.several('registry', options.registries ?? 1, () =>
    ahead(clocks?.registry),
  );
  const urls = registries.map((app) => `http://127.0.0.1:${app.ports['internal'] ?? 0}`);
  const [gateways, trackers] = await Promise.all([
    starter.several('auth-gateway', options.gateways ?? 1, (index) => ({
      TALLYSTICK_GATEWAY_ID: `gateway-${index}`,
      TALLYSTICK_REGISTRY_URL: urls.join(','),
      ...ahead(clocks?.gateways[index]),
    })),
    starter.several('session-tracker', options.trackers ?? 1, () => ahead(clocks?.tracker)),
  ]);
  return { registries, gateways, trackers };
}

export async function startPlatform(options: PlatformOptions): Promise<Platform> {
  const prefix = `e2e-${randomBytes(4).toString('hex')}.`;
  const database = specDatabase(options.databaseUrl, 'e2e');
  const databaseUrl = database.url;
  await database.create();
  const starter = new Starter({
    KAFKA_BROKERS: options.kafkaBrokers,
    DATABASE_URL: databaseUrl,
    TALLYSTICK_TOPIC_PREFIX: prefix,
    ...options.settings,
  });
  try {
    const apps = await startApps(starter, options);
    const apiOf = (registry: AppProcess): Api => createApi(registry.url, ADMIN_TOKEN);
    const [first] = apps.registries;
    if (first === undefined) throw new Error('a platform needs a registry');
    return {
      ...apps,
      ...{ folder: starter.folder, prefix, databaseUrl, apiOf },
      api: (...call) => apiOf(first)(...call),
      mqtt: (gateway) => apps.gateways[gateway]?.ports['mqtt'] ?? 0,
      topic: (name) => `${prefix}${name}`,
      stop: () => starter.stopAll(),
    };
  } catch (error) {
    await starter.stopAll();
    throw error;
  }
}
