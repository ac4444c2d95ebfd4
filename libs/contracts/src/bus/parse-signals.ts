import { isJsonObject, type JsonValue } from '@tallystick/kernel';
import type { SessionSignal, SignalBatch } from './sessions.types.ts';
import { hasShape, type Shape } from './parse-kinds.ts';
import { decodeJson } from './topics.ts';

const BATCH: Shape = { gatewayId: 'string', incarnation: 'string', term: 'number' };

const SESSION: Shape = {
  sessionId: 'string',
  tenant: 'string',
  productKey: 'string',
  deviceKey: 'string',
  deviceId: 'string',
  generation: 'number',
  clientId: 'string',
  transport: 'string',
  dialect: 'string',
  remoteAddress: 'string',
  openedAt: 'number',
};

const SIGNALS: Readonly<Record<string, Shape>> = {
  opened: {},
  announced: {},
  closed: { reason: 'string', at: 'number' },
  activated: { method: 'string', at: 'number' },
};

function isSignal(signal: JsonValue): boolean {
  if (!isJsonObject(signal)) return false;
  const { type, session } = signal;
  if (typeof type !== 'string' || !Object.hasOwn(SIGNALS, type)) return false;
  return (
    isJsonObject(session) && hasShape(session, SESSION) && hasShape(signal, SIGNALS[type] ?? {})
  );
}

/**
 * A record of internal.sessions.v1, with the signals that are known; null: none at all can be read
 * of it.
 */
export function parseSignalBatch(value: Uint8Array | null): SignalBatch | null {
  const parsed = value === null ? null : decodeJson(value);
  if (parsed === null || !hasShape(parsed, BATCH)) return null;
  const signals = parsed['signals'];
  if (!Array.isArray(signals)) return null;
  const known = signals.filter(isSignal) as unknown as readonly SessionSignal[];
  return { ...(parsed as unknown as SignalBatch), signals: known };
}
