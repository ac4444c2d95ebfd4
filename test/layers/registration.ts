import { Session } from 'node:inspector/promises';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  createDistributionSealer,
  createIdentityHandlers,
  createSecretVault,
  parseGatewayKeys,
  parseKeyRing,
} from '@tallystick/application';
import { createEventStore, type OpenedEventStore } from '@tallystick/event-store';
import {
  createLogger,
  newGatewayKeys,
  newKeyRing,
  systemClock as clock,
  systemIds as ids,
} from '@tallystick/services-edge';
import type { HandlerParts } from '../../libs/services/registry/src/cqrs/handler.ts';
import { createHttpServer } from '../../libs/services/registry/src/http/server.ts';
import { watchAppends } from '../../libs/services/registry/src/own-appends.ts';
import {
  RegistryModule,
  type RegistryParts,
} from '../../libs/services/registry/src/registry.module.ts';
import { timedStore } from '../../libs/services/registry/src/timed-store.ts';

const TOKEN = 'token-of-the-layers';

function must<T>(parsed: { readonly ok: true; readonly value: T } | { readonly ok: false }): T {
  if (!parsed.ok) throw new Error('a key file that was just made is none');
  return parsed.value;
}

function createIdentity({ store, secrets, idempotency }: OpenedEventStore) {
  const keyRing = must(parseKeyRing(newKeyRing(new Date())));
  const [epochKey] = must(parseGatewayKeys(newGatewayKeys()));
  const timed = timedStore(store, clock.monotonicMs, () => undefined);
  return createIdentityHandlers({
    vault: createSecretVault({ store: secrets, keyRing, ids, clock }),
    sealer: createDistributionSealer({ epochKey, ids }),
    ...{ store: watchAppends(timed).store, idempotency, ids, clock },
    pause: () => Promise.resolve(),
  });
}

/** The operators' API on a store of its own; of all else that it has nothing is there. */
async function createApi(opened: OpenedEventStore) {
  const identity = createIdentity(opened);
  await identity.tenants.create(
    { tenant: 'default', name: 'Default', deviceKeyScope: 'product' },
    { tenant: 'default', actor: 'layers', correlationId: 'start' },
  );
  const parts: Partial<HandlerParts> = { identity };
  const module = RegistryModule.register({
    parts: parts as HandlerParts,
    live: {} as RegistryParts['live'],
    platform: { topics: { topicPrefix: '', partitions: 1 } } as RegistryParts['platform'],
  });
  const logger = createLogger('layers', 'silent');
  const app = await createHttpServer({ module, adminToken: TOKEN, ids, logger });
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  return app;
}

interface Range {
  readonly startOffset: number;
  readonly count: number;
}

interface Script {
  readonly url: string;
  readonly functions: readonly { readonly ranges: readonly Range[] }[];
}

/** Whether a function of the file ran; the file itself begins at 0. */
const ran = ({ functions }: Script): boolean =>
  functions.some(
    ({ ranges: [whole] }) => whole !== undefined && whole.startOffset > 0 && whole.count > 0,
  );

async function filesDuring(root: string, work: () => Promise<void>): Promise<readonly string[]> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
  // What was counted until now is dropped.
  await session.post('Profiler.takePreciseCoverage');
  await work();
  const { result } = await session.post('Profiler.takePreciseCoverage');
  session.disconnect();
  return result
    .filter(({ url }) => url.startsWith('file:') && url.endsWith('.ts'))
    .filter(ran)
    .map(({ url }) => relative(root, fileURLToPath(url)))
    .filter((file) => /^(libs|apps)\//.test(file))
    .toSorted();
}

/** The files of the workspace whose functions run while one device is registered over HTTP. */
export async function filesOfRegistration(root: string): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'tallystick-layers-'));
  const opened = await createEventStore({ databaseUrl: null, file: join(folder, 'store.sqlite') });
  const app = await createApi(opened);
  const post = async (url: string, payload: object): Promise<void> => {
    const headers = { authorization: `Bearer ${TOKEN}` };
    const { statusCode, body } = await app.inject({ method: 'POST', url, payload, headers });
    if (statusCode !== 201) throw new Error(`${url}: ${statusCode} ${body}`);
  };
  const register = (deviceKey: string): Promise<void> =>
    post('/api/v1/devices', { productKey: 'meters', deviceKey });
  try {
    await post('/api/v1/products', { productKey: 'meters', name: 'Meters' });
    await register('first');
    return await filesDuring(root, () => register('second'));
  } finally {
    await app.close();
    await opened.close();
    rmSync(folder, { recursive: true });
  }
}
