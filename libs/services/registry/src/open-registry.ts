import { parseGatewayKeys, parseKeyRing } from '@tallystick/application';
import { createEventStore, type OpenedEventStore } from '@tallystick/event-store';
import { isPortError, PortError } from '@tallystick/kernel';
import { withinMs, type EventBus } from '@tallystick/ports';
import {
  createBusClock,
  loadToken,
  readGatewayKeys,
  readKeyRing,
  systemClock,
  systemIds,
  type AppContext,
  type Checks,
  type RunningService,
} from '@tallystick/services-edge';
import { checkKnownKeys, type Keys } from './known-keys.ts';
import { registryMetrics } from './metrics.ts';
import { startRegistry } from './start-registry.ts';
import { timedStore } from './timed-store.ts';

/** It opens everything, and whoever reaches the port may try. */
const ADMIN_TOKEN_CHARACTERS = 24;
const STOP_WITHIN_MS = 7_000;
const END_WITHIN_MS = 1_000;

export interface OpenedRegistry {
  readonly service: RunningService;
  /** Where the first token lies; null: the environment gave it. */
  readonly adminTokenFile: string | null;
  /** Stops the registry and closes its store; the bus stays the caller's. */
  close(): Promise<void>;
}

function readKeys(context: AppContext): Keys {
  return {
    keyRing: readKeyRing(context, parseKeyRing, systemClock.now),
    epochKeys: readGatewayKeys(context, parseGatewayKeys, 'make'),
  };
}

function readTokens({ home, settings }: AppContext) {
  const admin = loadToken(
    home,
    {
      setting: 'TALLYSTICK_ADMIN_TOKEN_FILE',
      value: settings.adminToken,
      file: settings.adminTokenFile,
      fallback: 'admin-token',
      least: ADMIN_TOKEN_CHARACTERS,
    },
    true,
  );
  const internal = loadToken(
    home,
    {
      setting: 'TALLYSTICK_INTERNAL_TOKEN_FILE',
      value: settings.internalToken,
      file: settings.internalTokenFile,
      fallback: 'internal-token',
    },
    true,
  );
  return { admin, internal };
}

/** The driver's words name host, user and database, never the password. */
async function openStore({ settings, home, logger }: AppContext): Promise<OpenedEventStore> {
  const { databaseUrl } = settings;
  try {
    return await createEventStore({
      databaseUrl,
      file: home.file('store.sqlite'),
      log: (level, message, fields) => logger[level](fields, message),
    });
  } catch (cause) {
    if (databaseUrl === null) throw cause;
    const why = cause instanceof Error ? cause.message : 'unknown';
    const code = isPortError(cause) ? cause.code : 'misconfigured';
    throw new PortError(code, `what DATABASE_URL names cannot be used: ${why}`, { cause });
  }
}

/**
 * Starts a registry from its settings alone: keys and tokens from their files, the store from
 * DATABASE_URL or HOME.
 */
export async function openRegistry(
  context: AppContext,
  bus: EventBus,
  beside?: () => { readonly ready: boolean; readonly checks: Checks },
): Promise<OpenedRegistry> {
  const { settings, home, logger } = context;
  const keys = readKeys(context);
  const { admin, internal } = readTokens(context);
  const clock = createBusClock(systemClock, bus);
  const opened = await openStore(context);
  const start = (): Promise<RunningService> =>
    startRegistry({
      ...{ settings, home, logger, bus, clock, ...keys, ids: systemIds },
      store: timedStore(opened.store, systemClock.monotonicMs, registryMetrics.appended),
      ends: opened.ends,
      tail: opened.tail,
      ...{ sql: opened.db, log: opened.log },
      secrets: opened.secrets,
      idempotency: opened.idempotency,
      leadership: opened.leadership,
      adminToken: admin.token,
      internalToken: internal.token,
      ...(beside === undefined ? {} : { beside }),
    });
  const checked = checkKnownKeys(opened.db, keys);
  const service = await checked.then(start).catch(async (error: unknown) => {
    await opened.close();
    throw error;
  });
  return {
    service,
    adminTokenFile: admin.file,
    close: async () => {
      const stopped = service.stop();
      await withinMs(stopped, STOP_WITHIN_MS);
      // Calls that still wait for a database that does not answer end with it.
      await opened.close();
      await withinMs(stopped, END_WITHIN_MS);
    },
  };
}
