import {
  deviceRecordKey,
  jobRecordKey,
  parseStream,
  productRecordKey,
  raisesRevision,
  tenantRecordKey,
  toDeviceEvent,
  toProductEvent,
  tokenRecordKey,
} from '@tallystick/contracts';
import {
  evolveDevice,
  evolveProduct,
  initialDevice,
  initialProduct,
  type DeviceState,
  type ProductState,
} from '@tallystick/domain';
import { assertNever, PortError } from '@tallystick/kernel';
import type { StoredEvent } from '@tallystick/ports';

/** What one stream has come to. */
export type Identity =
  | { readonly kind: 'device'; readonly deviceKey: string; readonly state: DeviceState }
  | { readonly kind: 'product'; readonly state: ProductState };

/** A stream folded up to one of its events. */
export interface Folded {
  /** Kafka's key on every topic. */
  readonly key: string;
  readonly tenant: string;
  readonly productKey: string;
  readonly identity: Identity;
  /** The revision of the last event that changed it; later ones only tell of a look. */
  readonly revision: number;
  /** The last event folded, without its data. */
  readonly at: Omit<StoredEvent, 'data'>;
}

/**
 * The key under which a stream's events go to Kafka; null: bookkeeping of the store, which goes
 * nowhere.
 */
export function recordKeyOf({ stream, meta }: Pick<StoredEvent, 'stream' | 'meta'>): string | null {
  const name = parseStream(stream);
  switch (name.kind) {
    case 'device':
      return deviceRecordKey(name.tenant, name.productKey, name.deviceKey);
    case 'product':
      return productRecordKey(meta.tenant, name.productKey);
    case 'tenant':
      return tenantRecordKey(name.tenant);
    case 'token':
      return tokenRecordKey(meta.tenant, name.tokenId);
    case 'job':
      return jobRecordKey(name.tenant, name.jobId);
    case 'device-id':
    case 'device-key':
    case 'other':
      return null;
    default:
      return assertNever(name);
  }
}

/** Whether the stream has a state that is published beside its events. */
export function hasState({ stream }: Pick<StoredEvent, 'stream'>): boolean {
  const { kind } = parseStream(stream);
  return kind === 'device' || kind === 'product';
}

function unknownEvent({ type, schemaVersion, stream }: StoredEvent): PortError {
  const what = `${type} v${schemaVersion} of ${stream}`;
  return new PortError(
    'misconfigured',
    `this release does not know ${what}: a newer one must relay`,
  );
}

function initialOf(event: StoredEvent): Omit<Folded, 'at' | 'revision'> {
  const name = parseStream(event.stream);
  const key = recordKeyOf(event);
  if (key === null || (name.kind !== 'device' && name.kind !== 'product'))
    throw new Error(`${event.stream} is no stream that is folded`);
  if (name.kind === 'product') {
    const identity: Identity = { kind: 'product', state: initialProduct };
    return { key, tenant: event.meta.tenant, productKey: name.productKey, identity };
  }
  const { tenant, productKey, deviceKey } = name;
  const identity: Identity = { kind: 'device', deviceKey, state: initialDevice(tenant) };
  return { key, tenant, productKey, identity };
}

function evolve(identity: Identity, stored: StoredEvent): Identity {
  if (identity.kind === 'device') {
    const event = toDeviceEvent(stored);
    if (event === null) throw unknownEvent(stored);
    return { ...identity, state: evolveDevice(identity.state, event) };
  }
  const event = toProductEvent(stored);
  if (event === null) throw unknownEvent(stored);
  return { ...identity, state: evolveProduct(identity.state, event) };
}

/**
 * Folds events of one stream on top of where it stood (absent: from its first event on). An event
 * that this release cannot read throws: a state without it would go out under a revision that
 * promises it.
 */
export function fold(from: Folded | undefined, events: readonly StoredEvent[]): Folded | undefined {
  const last = events.at(-1);
  const first = events[0];
  if (last === undefined || first === undefined) return from;
  const start = from ?? initialOf(first);
  const identity = events.reduce(evolve, start.identity);
  const { data: _, ...at } = last;
  const revision = events.findLast(raisesRevision)?.revision ?? from?.revision ?? last.revision;
  return { ...start, identity, revision, at };
}
