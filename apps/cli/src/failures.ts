import { onOneLine } from './printable.ts';

/** The platform said no: a problem document, in words. */
export class Refused extends Error {
  readonly body: unknown;

  readonly status: number;

  constructor(status: number, body: unknown, hint: string | null = null) {
    super([describeProblem(status, body), ...(hint === null ? [] : [hint])].join('; '));
    this.status = status;
    this.name = 'Refused';
    this.body = body;
  }

  get code(): string | undefined {
    return problemOf(this.body).code;
  }
}

/** Nobody answered at the address. */
export class Unreachable extends Error {
  constructor(url: string, cause: unknown) {
    super(
      `${url} cannot be reached. Does the platform run (npm start)? TALLYSTICK_URL names another address.`,
      { cause },
    );
    this.name = 'Unreachable';
  }
}

/** The answer broke off, or a stream that should go on has ended. */
export class BrokenOff extends Unreachable {
  constructor(url: string, cause?: unknown) {
    super(url, cause);
    this.message = `the connection to ${url} has ended. Does the platform still run?`;
  }
}

/** Of TLS: whoever answers there shows no certificate that is trusted for its name. */
export class Untrusted extends Unreachable {
  constructor(url: string, cause: Error) {
    super(url, cause);
    this.message = `${url} shows a certificate that is not trusted (${cause.message}): --ca-file names the root, --host a name that stands in it`;
  }
}

/** Ctrl-C. */
export class Interrupted extends Error {}

interface ProblemDocument {
  readonly title?: string;
  readonly detail?: string;
  readonly code?: string;
  readonly errors?: readonly { readonly path?: string; readonly message?: string }[];
}

const problemOf = (body: unknown): ProblemDocument =>
  typeof body === 'object' && body !== null ? body : {};

function describeProblem(status: number, body: unknown): string {
  const problem = problemOf(body);
  const code = problem.code === undefined ? '' : ` (${onOneLine(problem.code)})`;
  const detail = onOneLine(problem.detail ?? problem.title ?? `HTTP ${status}`);
  // The detail of one error, or of a few, says them already.
  const lines = (problem.errors ?? [])
    .filter(({ message }) => message === undefined || !detail.includes(onOneLine(message)))
    .map((error) => onOneLine(`  ${error.path ?? ''}: ${error.message ?? ''}`));
  return [`${detail}${code}`, ...lines].join('\n');
}

/** What a platform answers that is just starting, or has much to do for the moment. */
const PASSING: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** Another 429, which a moment does not mend. */
const QUOTA = 'quota-exceeded';

/** A failure after which the same question may be answered in a moment. */
export function passes(error: unknown): boolean {
  if (error instanceof Refused) return PASSING.has(error.status) && error.code !== QUOTA;
  return error instanceof Unreachable;
}
