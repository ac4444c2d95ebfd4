import type { CredentialGone, CredentialRecord } from './credentials.types.ts';
import { parseKinds, type Shape } from './parse-kinds.ts';

/** Key of a tick; a product's or device's key always holds a slash. */
export const TICK_KEY = 'tick';

/**
 * Keys of a record that tells a lane's writer, who reads the topic, that it has read to where it
 * began; nobody else heeds it. One for each lane: both read at once, and a topic kept by key holds
 * the newest of a key alone.
 */
export const MARK_KEYS = { fast: 'mark-fast', bulk: 'mark-bulk' } as const;

/**
 * Header of a credential: when the event that it was folded up to was appended, epoch milliseconds.
 */
export const APPENDED_AT_HEADER = 'appendedat';

/**
 * What stands for the generation in a product's associated data and in its `gone`: a product has
 * one life.
 */
export const PRODUCT_GENERATION = 0;

const OF_STREAM = {
  tenant: 'string',
  productKey: 'string',
  revision: 'number',
  position: 'number',
  keyEpoch: 'number',
} as const;

const SHAPES: Readonly<Record<string, Shape>> = {
  device: {
    ...OF_STREAM,
    deviceKey: 'string',
    deviceId: 'string',
    generation: 'number',
    active: 'boolean',
    disabled: 'boolean',
    secrets: 'object',
    units: 'object',
    open: 'boolean',
  },
  product: {
    ...OF_STREAM,
    dialect: 'string',
    dynamicActivation: 'boolean',
    registrationFree: 'boolean',
    maxUnits: 'number',
    secrets: 'object',
  },
  gone: { ...OF_STREAM, generation: 'number' },
  tick: { lane: 'string', upTo: 'number', upToTime: 'number' },
};

interface KeyedRecord {
  readonly key: string | null;
  readonly value: Uint8Array | null;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * A record of internal.credentials.v1 or internal.restrictions.v1; a tombstone becomes its `gone`.
 * null: not known, to be passed over.
 */
export function parseCredentialRecord(record: KeyedRecord): CredentialRecord | null {
  if (record.value === null) return fromTombstone(record);
  return parseKinds<CredentialRecord>(record.value, SHAPES);
}

/** The headers of the tombstone that says the same as `gone`. */
export function toTombstoneHeaders(gone: CredentialGone): Record<string, string> {
  return {
    revision: String(gone.revision),
    position: String(gone.position),
    generation: String(gone.generation),
    keyepoch: String(gone.keyEpoch),
    ...(gone.incarnation === undefined ? {} : { incarnation: String(gone.incarnation) }),
    ...(gone.deviceId === null ? {} : { deviceid: gone.deviceId }),
  };
}

function fromTombstone({ key, headers }: KeyedRecord): CredentialGone | null {
  const [tenant, productKey, deviceKey = null] = key?.split('/') ?? [];
  const revision = Number(headers['revision']);
  const position = Number(headers['position']);
  const incarnation = headers['incarnation'];
  if (tenant === undefined || productKey === undefined) return null;
  if (Number.isNaN(revision) || Number.isNaN(position)) return null;
  return {
    kind: 'gone',
    tenant,
    productKey,
    deviceKey,
    deviceId: headers['deviceid'] ?? null,
    generation: Number(headers['generation'] ?? PRODUCT_GENERATION),
    revision,
    position,
    keyEpoch: Number(headers['keyepoch'] ?? 0),
    ...(incarnation === undefined ? {} : { incarnation: Number(incarnation) }),
  };
}
