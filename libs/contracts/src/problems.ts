import { keysOf } from '@tallystick/kernel';
interface ProblemKind {
  readonly status: number;
  readonly title: string;
  /** What the caller can do, if the title does not say it. */
  readonly advice?: string;
}

/**
 * The closed list of `code` in a problem document (libs/README.md, What others rely on).
 * `route-unknown` and `internal-error` are of no resource.
 */
export const PROBLEMS = {
  'unknown-field': { status: 400, title: 'The request holds a field that is not known' },
  'invalid-field': { status: 400, title: 'A field is absent or not of its form' },
  unauthenticated: {
    status: 401,
    title: 'A valid token is needed',
    advice: 'send it as "Authorization: Bearer <token>"',
  },
  forbidden: { status: 403, title: 'The token does not allow this' },
  'product-unknown': { status: 404, title: 'There is no such product' },
  'device-unknown': { status: 404, title: 'There is no such device' },
  'unit-unknown': { status: 404, title: 'There is no such unit' },
  'session-unknown': { status: 404, title: 'There is no such session' },
  'job-unknown': { status: 404, title: 'There is no such job' },
  'tenant-unknown': {
    status: 404,
    title: 'There is no such tenant',
    advice: 'Tallystick-Tenant names it',
  },
  'token-unknown': { status: 404, title: 'There is no such token' },
  'gateway-unknown': { status: 404, title: 'There is no such gateway' },
  'position-unknown': { status: 404, title: 'The store has not reached this position' },
  'route-unknown': { status: 404, title: 'There is nothing at this path' },
  'method-not-allowed': {
    status: 405,
    title: 'This path does not take this method',
    advice: 'the header Allow names those that it takes',
  },
  'product-key-taken': { status: 409, title: 'The product key is taken' },
  'device-key-taken': { status: 409, title: 'The device key is taken' },
  'device-id-taken': { status: 409, title: 'The device id is taken' },
  'device-disabled': { status: 409, title: 'The device is disabled', advice: 'enable it first' },
  'client-slots-full': { status: 409, title: 'Every slot of this name is taken' },
  'name-closed': {
    status: 409,
    title: 'The name is closed to new units',
    advice: 'reopen it first',
  },
  'unit-state': { status: 409, title: 'The state of the units does not allow this' },
  'product-not-empty': {
    status: 409,
    title: 'The product still has devices',
    advice: 'delete them first',
  },
  'tenant-taken': { status: 409, title: 'The tenant is there already' },
  'store-ok': { status: 409, title: 'The store has lost nothing: there is nothing to adopt' },
  'gateway-alive': {
    status: 409,
    title: 'The gateway holds its lease',
    advice: 'stop it first, or wait until its lease has ended',
  },
  'idempotency-mismatch': {
    status: 409,
    title: 'This Idempotency-Key came with another request',
    advice: 'each request needs one of its own',
  },
  'stale-revision': {
    status: 412,
    title: 'The resource has changed since that revision',
    advice: 'read it again, and send the revision it has now in If-Match',
  },
  'body-too-large': { status: 413, title: 'The body is too large', advice: 'at most 1 MiB' },
  'unsupported-media-type': {
    status: 415,
    title: 'The body is not of a type that this path takes',
    advice: 'send JSON, as "Content-Type: application/json"',
  },
  'too-many-requests': { status: 429, title: 'Too many requests' },
  'quota-exceeded': { status: 429, title: 'A quota is used up' },
  'internal-error': {
    status: 500,
    title: 'Something went wrong here',
    advice: "the registry's log says what",
  },
  'store-unavailable': { status: 503, title: 'The event store is away' },
  'store-lost-tail': {
    status: 503,
    title: 'The event store has lost its tail',
    advice: 'GET /api/v1/store says what, POST /api/v1/store/adopt goes on without it',
  },
  'bus-unavailable': { status: 503, title: 'The event bus is away' },
  'view-behind': { status: 503, title: 'The view has not reached the position asked for' },
} as const satisfies Readonly<Record<string, ProblemKind>>;

export type ProblemCode = keyof typeof PROBLEMS;

export const PROBLEM_CODES = keysOf(PROBLEMS);

export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ProblemCode;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
}

/** The detail of a problem when only its code is known. */
export function plainDetail(code: ProblemCode): string {
  const { title, advice }: ProblemKind = PROBLEMS[code];
  return advice === undefined ? title : `${title}: ${advice}`;
}

/** The document of RFC 9457 for a code. `detail` is read by people and never holds a secret. */
export function toProblem(
  code: ProblemCode,
  detail: string,
  errors?: ProblemDocument['errors'],
): ProblemDocument {
  const { status, title } = PROBLEMS[code];
  const type = `urn:tallystick:problem:${code}`;
  return { type, title, status, detail, code, ...(errors === undefined ? {} : { errors }) };
}

/** 429 and 503 tell the caller when to come back. */
export function carriesRetryAfter(code: ProblemCode): boolean {
  const { status } = PROBLEMS[code];
  return status === 429 || status === 503;
}
