import { createSecretKey, type KeyObject } from 'node:crypto';
import { err, ok, type Result } from '@tallystick/kernel';

/** A key-encryption key of the truth's hierarchy. */
export interface RingKey {
  readonly id: string;
  readonly key: KeyObject;
}

/** The key of one epoch of the gateway ring. */
export interface EpochKey {
  readonly epoch: number;
  readonly key: KeyObject;
}

/** Keys, newest first; never empty. The newest seals, all open. */
export type KeyRing = readonly [RingKey, ...RingKey[]];
export type GatewayKeys = readonly [EpochKey, ...EpochKey[]];

/** The message says what is wrong with the file, never what stands in it. */
export interface KeyFileProblem {
  readonly code: 'key-file-malformed';
  readonly message: string;
}

const KEY_BYTES = 32;

function malformed(message: string): Result<never, KeyFileProblem> {
  return err({ code: 'key-file-malformed', message });
}

function toKey(value: unknown): KeyObject | null {
  if (typeof value !== 'string') return null;
  const bytes = Buffer.from(value, 'base64');
  return bytes.length === KEY_BYTES ? createSecretKey(bytes) : null;
}

function entriesOf(json: string, list: string): readonly Record<string, unknown>[] | null {
  try {
    const parsed: unknown = JSON.parse(json);
    const entries = (parsed as Record<string, unknown> | null)?.[list];
    if (!Array.isArray(entries)) return null;
    return entries.every((entry) => typeof entry === 'object' && entry !== null) ? entries : null;
  } catch {
    return null;
  }
}

function toRing<T>(
  entries: readonly Record<string, unknown>[] | null,
  toEntry: (entry: Record<string, unknown>) => T | null,
  idOf: (entry: T) => unknown,
): Result<readonly [T, ...T[]], KeyFileProblem> {
  if (entries === null) return malformed('it is not JSON of the expected form');
  const keys: T[] = [];
  for (const entry of entries) {
    const key = toEntry(entry);
    if (key === null) return malformed('an entry has no name, or a key that is not 32 bytes');
    keys.push(key);
  }
  const [newest, ...older] = keys;
  if (newest === undefined) return malformed('it holds no key');
  if (new Set(keys.map(idOf)).size < keys.length) return malformed('two keys have one name');
  return ok([newest, ...older]);
}

/** Reads `{"keys":[{"id":"k1","key":"<base64 of 32 bytes>","createdAt":"…"}]}`, newest first. */
export function parseKeyRing(json: string): Result<KeyRing, KeyFileProblem> {
  const toEntry = ({ id, key: text }: Record<string, unknown>): RingKey | null => {
    const key = toKey(text);
    const named = typeof id === 'string' && id.length > 0 && id.length <= 64;
    return named && key !== null ? { id, key } : null;
  };
  return toRing(entriesOf(json, 'keys'), toEntry, ({ id }) => id);
}

/** Reads `{"epochs":[{"epoch":1,"key":"<base64 of 32 bytes>"}]}`, newest first. */
export function parseGatewayKeys(json: string): Result<GatewayKeys, KeyFileProblem> {
  const toEntry = ({ epoch, key: text }: Record<string, unknown>): EpochKey | null => {
    const key = toKey(text);
    const named = typeof epoch === 'number' && Number.isInteger(epoch) && epoch > 0;
    return named && key !== null ? { epoch, key } : null;
  };
  return toRing(entriesOf(json, 'epochs'), toEntry, ({ epoch }) => epoch);
}
