/**
 * Why a port could not do its work. `fenced`: another owner has taken over; the holder must stop.
 * `unacceptable`: the value will never be taken, however often it is tried; nothing may wait behind
 * it. `lost-tail`: the store lacks events that stand on the bus (libs/README.md, rule 11); an
 * operator must adopt it.
 */
export type PortErrorCode =
  | 'unavailable'
  | 'timeout'
  | 'fenced'
  | 'closed'
  | 'unacceptable'
  | 'corrupt'
  | 'misconfigured'
  | 'lost-tail';

/**
 * A failure of something outside the core (a database, a broker, a file).
 * `retriable` tells whether the same call may succeed later. The message never holds a secret.
 */
export class PortError extends Error {
  readonly code: PortErrorCode;
  readonly retriable: boolean;

  constructor(
    code: PortErrorCode,
    message: string,
    options: { readonly retriable?: boolean; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'PortError';
    this.code = code;
    this.retriable = options.retriable ?? (code === 'unavailable' || code === 'timeout');
  }
}

export function isPortError(error: unknown, code?: PortErrorCode): error is PortError {
  return error instanceof PortError && (code === undefined || error.code === code);
}
