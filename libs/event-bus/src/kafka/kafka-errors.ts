import { isPortError, PortError, type PortErrorCode } from '@tallystick/kernel';

const FENCED = new Set(['INVALID_PRODUCER_EPOCH', 'PRODUCER_FENCED']);
/** What a broker says of records that it will never take. */
const UNACCEPTABLE = new Set([
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_RECORD',
  'INVALID_TIMESTAMP',
  'UNSUPPORTED_FOR_MESSAGE_FORMAT',
]);
/** What waiting does not mend. */
const MISCONFIGURED = new Set([
  'TOPIC_AUTHORIZATION_FAILED',
  'GROUP_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
  'SASL_AUTHENTICATION_FAILED',
  'UNSUPPORTED_SASL_MECHANISM',
  'INVALID_TOPIC_EXCEPTION',
  'INVALID_GROUP_ID',
  'INVALID_SESSION_TIMEOUT',
  'INCONSISTENT_GROUP_PROTOCOL',
  'INVALID_REPLICATION_FACTOR',
  'INVALID_PARTITIONS',
  'INVALID_CONFIG',
  'UNSUPPORTED_VERSION',
]);
const MISCONFIGURED_NAMES = new Set(['KafkaJSSASLAuthenticationError', 'KafkaJSNotImplemented']);
const PRODUCER_FENCED_CODE = 90;

/** An error with all it was caused by; kafkajs wraps, and collects several in one. */
function* chain(error: unknown, depth = 0): Generator<object> {
  if (typeof error !== 'object' || error === null || depth > 6) return;
  yield error;
  if ('cause' in error) yield* chain(error.cause, depth + 1);
  if ('errors' in error && Array.isArray(error.errors))
    for (const each of error.errors) yield* chain(each, depth + 1);
}

export function errorTypes(error: unknown): string[] {
  return [...chain(error)].flatMap((each) =>
    'type' in each && typeof each.type === 'string' ? [each.type] : [],
  );
}

/**
 * kafkajs takes a broker's answer about all topics for null when any of them, be it another
 * application's, is just being made or deleted, and stumbles over that.
 */
function isLostAnswer(error: unknown): boolean {
  return error instanceof TypeError && /\bnull\b/.test(error.message);
}

/**
 * What a broker answers while it starts or a coordinator, a leader or a topic is in motion: the
 * same call succeeds in a moment.
 */
export function isPassing(error: unknown): boolean {
  if (isLostAnswer(error)) return true;
  return [...chain(error)].some(
    (each) =>
      each instanceof Error &&
      each.name === 'KafkaJSProtocolError' &&
      'retriable' in each &&
      each.retriable === true,
  );
}

function codeOf(error: unknown): PortErrorCode {
  const types = errorTypes(error);
  const links = [...chain(error)];
  if (types.some((type) => FENCED.has(type))) return 'fenced';
  if (links.some((each) => 'code' in each && each.code === PRODUCER_FENCED_CODE)) return 'fenced';
  if (types.some((type) => UNACCEPTABLE.has(type))) return 'unacceptable';
  if (types.some((type) => MISCONFIGURED.has(type))) return 'misconfigured';
  const names = links.flatMap((each) => (each instanceof Error ? [each.name] : []));
  if (names.some((name) => MISCONFIGURED_NAMES.has(name))) return 'misconfigured';
  return names.includes('KafkaJSRequestTimeoutError') ? 'timeout' : 'unavailable';
}

export function toPortError(error: unknown, doing: string): PortError {
  if (isPortError(error)) return error;
  const why = error instanceof Error ? error.message : String(error);
  return new PortError(codeOf(error), `${doing}: ${why}`, { cause: error });
}

/**
 * Rejects with PortError `timeout` when `work` takes longer; what it still does then is the
 * caller's to stop.
 */
export async function bounded<T>(work: Promise<T>, ms: number, doing: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new PortError('timeout', `${doing}: no answer within ${ms} ms`)),
      ms,
    );
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    work.catch(() => {});
  }
}
