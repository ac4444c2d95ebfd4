import {
  createFixedClock,
  createInMemoryEventStore,
  createInMemoryIdempotencyStore,
  createInMemorySecretStore,
  createSeededIds,
  InMemoryLog,
} from '@tallystick/test-kit';
import type { DeviceKeyScope } from '@tallystick/domain';
import { PortError } from '@tallystick/kernel';
import type {
  EventStore,
  IdempotencyRecord,
  SealedSecret,
  StoredEvent,
  StreamAppend,
} from '@tallystick/ports';
import {
  createDistributionSealer,
  createSecretVault,
  parseGatewayKeys,
  parseKeyRing,
} from '../secrets/index.ts';
import type { CallContext } from './handlers.types.ts';
import { createIdentityHandlers } from './identity-handlers.ts';
import type { HasDevices } from './products.handler.ts';
import type { DeviceQuota } from './quota.types.ts';

/** For specs: registries that share one store, one table of secrets and one of replies. */
export interface Shared {
  readonly log: InMemoryLog;
  readonly secrets: Map<string, SealedSecret>;
  readonly replies: Map<string, IdempotencyRecord>;
  readonly clock: ReturnType<typeof createFixedClock>;
}

export interface Faults {
  /** Called before each append reaches the store, with what other processes do meanwhile. */
  beforeAppend?: (batch: readonly StreamAppend[]) => Promise<void> | void;
  /** Called once the store has the append, before its caller hears of it. */
  afterAppend?: () => Promise<void> | void;
  /** Every read of a stream, and how many events it brought. */
  readonly reads: { readonly stream: string; readonly events: number }[];
}

export const context: CallContext = {
  tenant: 'default',
  actor: 'admin',
  correlationId: 'corr-1',
};

export const unavailable = (): never => {
  throw new PortError('unavailable', 'the connection broke');
};

export function createShared(): Shared {
  return {
    log: new InMemoryLog(),
    secrets: new Map(),
    replies: new Map(),
    clock: createFixedClock(),
  };
}

function faultyStore(store: EventStore, faults: Faults): EventStore {
  return {
    append: async (batch) => {
      await faults.beforeAppend?.(batch);
      const appended = await store.append(batch);
      await faults.afterAppend?.();
      return appended;
    },
    readStream: async (stream, ...part) => {
      const events = await store.readStream(stream, ...part);
      faults.reads.push({ stream, events: events.length });
      return events;
    },
    readAll: (options) => store.readAll(options),
    head: () => store.head(),
    waitBeyond: (position, timeoutMs, signal) => store.waitBeyond(position, timeoutMs, signal),
    close: () => store.close(),
  };
}

const keyOf = (fill: number): string => Buffer.alloc(32, fill).toString('base64');

/** A ring of one key; each number gives another key. */
export function keyRing(fill = 7) {
  const parsed = parseKeyRing(JSON.stringify({ keys: [{ id: 'k1', key: keyOf(fill) }] }));
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.value;
}

export function gatewayKeys(epoch = 1, fill = 100 + epoch) {
  const epochs = [{ epoch, key: keyOf(fill) }];
  const parsed = parseGatewayKeys(JSON.stringify({ epochs }));
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.value;
}

/** One registry process on what is shared. Pauses pass at once, by the clock. */
export function createRegistryProcess(shared: Shared, seed = 1, quota: DeviceQuota | null = null) {
  const { log, secrets, replies, clock } = shared;
  const faults: Faults = { reads: [] };
  const ids = createSeededIds(seed);
  const store = faultyStore(createInMemoryEventStore(log), faults);
  const vault = createSecretVault({
    store: createInMemorySecretStore(secrets),
    keyRing: keyRing(),
    ids,
    clock,
  });
  const sealer = createDistributionSealer({ epochKey: gatewayKeys()[0], ids });
  const handlers = createIdentityHandlers({
    store,
    vault,
    sealer,
    idempotency: createInMemoryIdempotencyStore(replies),
    ids,
    clock,
    quota,
    pause: async (ms) => clock.advance(Math.max(ms, 1)),
  });
  return { handlers, faults, vault, store };
}

/**
 * A registry with the product `pk`, open to dynamic activation and free registration. With a scope
 * there is its tenant too; without one it is as the earlier releases left it.
 */
export async function createWorld(deviceKeyScope?: DeviceKeyScope) {
  const shared = createShared();
  const registry = createRegistryProcess(shared);
  const tenant = { tenant: 'default', name: 'Default' };
  if (deviceKeyScope !== undefined)
    await accepted(registry.handlers.tenants.create({ ...tenant, deviceKeyScope }, context));
  const created = await registry.handlers.products.create(
    { productKey: 'pk', name: 'Meters', dynamicActivation: true, registrationFree: true },
    context,
  );
  if (!created.ok) throw new Error(created.error.code);
  return { shared, ...registry };
}

export function eventsOf({ log }: Shared, stream: string): readonly StoredEvent[] {
  return log.streams.get(stream) ?? [];
}

export function typesOf(shared: Shared, stream: string): readonly string[] {
  return eventsOf(shared, stream).map(({ type }) => type);
}

/** The value of an answer that must not be a refusal. */
export async function accepted<T>(
  answer: Promise<
    { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: object }
  >,
): Promise<T> {
  const settled = await answer;
  if (!settled.ok) throw new Error(JSON.stringify(settled.error));
  return settled.value;
}

/** For a deletion that knows of no device at first: what it finds once the product is closed. */
export function onceClosed(found: HasDevices): HasDevices {
  let asked = 0;
  return (position) => (++asked === 1 ? Promise.resolve(false) : found(position));
}
