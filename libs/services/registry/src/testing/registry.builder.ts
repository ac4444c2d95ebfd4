import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseGatewayKeys, parseKeyRing } from '@tallystick/application';
import { encodeJson, TOPICS, type GatewayReport, type SignalBatch } from '@tallystick/contracts';
import { createEventBus } from '@tallystick/event-bus';
import { createEventStore } from '@tallystick/event-store';
import type { BusRecord, EventBus } from '@tallystick/ports';
import {
  createLogger,
  loadSettings,
  newGatewayKeys,
  newKeyRing,
  openHome,
  systemClock,
  systemIds,
  type Home,
  type PortName,
  type RunningService,
} from '@tallystick/services-edge';
import type { RegistryDeps } from '../registry.types.ts';
import { startRegistry } from '../start-registry.ts';

export const ADMIN_TOKEN = 'admin-token-of-the-spec';
export const INTERNAL_TOKEN = 'internal-token-of-the-spec';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
  readonly position: number;
}

export interface CallOptions {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * A registry in a folder of its own: on SQLite and the embedded bus, unless the settings name
 * others.
 */
export interface TestRegistry {
  readonly folder: string;
  readonly bus: EventBus;
  readonly service: RunningService;
  readonly url: string;
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  internal(path: string, body: unknown, token?: string): Promise<Answer>;
  publish(...records: readonly BusRecord[]): Promise<void>;
  report(report: Partial<GatewayReport>): Promise<void>;
  signal(batch: SignalBatch): Promise<void>;
  /** Ends it and leaves its folder as it is. */
  leave(): Promise<void>;
  stop(): Promise<void>;
}

function must<T>(
  result:
    { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown },
): T {
  if (result.ok) return result.value;
  throw new Error(JSON.stringify(result.error));
}

export function gatewayReport(over: Partial<GatewayReport>): GatewayReport {
  return {
    kind: 'gateway',
    gatewayId: 'gw-1',
    incarnation: 'i1',
    term: 1,
    ready: true,
    released: false,
    reportedAt: Date.now(),
    leaseMs: 10_000,
    fastPosition: 0,
    bulkPosition: 0,
    stalenessMs: 0,
    sessions: 0,
    longestBudgetMs: 60_000,
    tokenBudgetMs: 60_000,
    cuts: [],
    ...over,
  };
}

async function toAnswer(response: Response): Promise<Answer> {
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
    position: Number(response.headers.get('tallystick-position') ?? 0),
  };
}

function createCaller(base: string, token: string) {
  return async (method: string, path: string, { body, headers = {} }: CallOptions = {}) => {
    const json = body === undefined ? {} : { 'content-type': 'application/json' };
    const init = { method, headers: { authorization: `Bearer ${token}`, ...json, ...headers } };
    const payload = body === undefined ? {} : { body: JSON.stringify(body) };
    return toAnswer(await fetch(`${base}${path}`, { ...init, ...payload }));
  };
}

function withPorts(home: Home): { readonly home: Home; readonly ports: Map<PortName, number> } {
  const ports = new Map<PortName, number>();
  const publishPort: Home['publishPort'] = (name, port) => void ports.set(name, port);
  return { home: { ...home, publishPort }, ports };
}

async function open(folder: string, settings: Readonly<Record<string, string>>) {
  const parsed = must(
    loadSettings({
      TALLYSTICK_HOME: folder,
      TALLYSTICK_HTTP_PORT: '0',
      TALLYSTICK_INTERNAL_PORT: '0',
      ...settings,
    }),
  );
  const { databaseUrl, kafka, topicPrefix } = parsed;
  const opened = await createEventStore({ databaseUrl, file: join(folder, 'store.sqlite') });
  const embeddedFile = join(folder, 'bus.sqlite');
  const bus = await createEventBus({ brokers: kafka.brokers, topicPrefix, embeddedFile });
  return { parsed, opened, bus };
}

/** A registry that starts again in its folder, or beside another, has the keys of before. */
const keysOf = new Map<string, { readonly ring: string; readonly gateway: string }>();

function keysIn(folder: string) {
  const kept = keysOf.get(folder) ?? { ring: newKeyRing(new Date()), gateway: newGatewayKeys() };
  keysOf.set(folder, kept);
  return {
    keyRing: must(parseKeyRing(kept.ring)),
    epochKeys: must(parseGatewayKeys(kept.gateway)),
  };
}

async function start(
  folder: string,
  keyFolder: string,
  settings: Readonly<Record<string, string>>,
  logger: RegistryDeps['logger'],
) {
  const { parsed, opened, bus } = await open(folder, settings);
  const { home, ports } = withPorts(openHome(folder));
  const { store, ends, tail, db: sql, log, secrets, idempotency, leadership } = opened;
  const service = await startRegistry({
    ...{ settings: parsed, home, bus, store, ends, tail, sql, log },
    ...{ secrets, idempotency, leadership },
    logger,
    clock: systemClock,
    ids: systemIds,
    ...keysIn(keyFolder),
    adminToken: ADMIN_TOKEN,
    internalToken: INTERNAL_TOKEN,
  });
  const close = async (): Promise<void> => {
    await service.stop();
    await bus.close();
    await opened.close();
    home.release();
  };
  return { service, bus, ports, close };
}

export async function startTestRegistry(
  settings: Readonly<Record<string, string>> = {},
  folder = mkdtempSync(join(tmpdir(), 'tallystick-registry-')),
  logger: RegistryDeps['logger'] = createLogger(
    'registry-spec',
    process.env['LOG_LEVEL'] ?? 'silent',
  ),
  beside: Pick<TestRegistry, 'folder'> = { folder },
): Promise<TestRegistry> {
  const { service, bus, ports, close } = await start(folder, beside.folder, settings, logger);
  const publisher = await bus.openPublisher();
  const publish = (...records: readonly BusRecord[]) => publisher.publish(records);
  const url = `http://127.0.0.1:${ports.get('http')}`;
  const inner = `http://127.0.0.1:${ports.get('internal')}`;
  return {
    folder,
    bus,
    service,
    url,
    call: createCaller(url, ADMIN_TOKEN),
    internal: (path, body, token = INTERNAL_TOKEN) =>
      createCaller(inner, token)('POST', path, { body }),
    publish,
    report: (over) => {
      const value = encodeJson(gatewayReport(over));
      return publish({ topic: TOPICS.gateways, key: 'gw', value, headers: {} });
    },
    signal: (batch) =>
      publish({ topic: TOPICS.sessions, key: '0', value: encodeJson(batch), headers: {} }),
    leave: close,
    stop: async () => {
      await close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
