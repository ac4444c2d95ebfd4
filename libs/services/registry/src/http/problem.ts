import {
  plainDetail,
  PROBLEM_CODES,
  PROBLEMS,
  toProblem,
  type ProblemCode,
  type ProblemDocument,
} from '@tallystick/contracts';
import { isPortError } from '@tallystick/kernel';

export interface FieldError {
  /** The field's path with dots; empty: the whole. */
  readonly path: string;
  readonly message: string;
}

/** A refusal on its way to the client; the filter makes the document of it. */
export class ProblemError extends Error {
  readonly code: ProblemCode;
  readonly errors: readonly FieldError[];

  constructor(code: ProblemCode, detail?: string, errors: readonly FieldError[] = []) {
    super(detail ?? plainDetail(code));
    this.name = 'ProblemError';
    this.code = code;
    this.errors = errors;
  }
}

export function problemDocument(error: ProblemError): ProblemDocument {
  return toProblem(error.code, error.message, error.errors.length === 0 ? undefined : error.errors);
}

export function invalidField(path: string, message: string): ProblemError {
  const detail = path === '' ? message : `${path}: ${message}`;
  return new ProblemError('invalid-field', detail, [{ path, message }]);
}

interface Issue {
  readonly message: string;
  readonly path?: readonly unknown[] | undefined;
}

/** A schema's issues (zod's) as one problem: each unknown field is named by its own path. */
export function invalidInput(issues: readonly Issue[]): ProblemError {
  const errors = issues.flatMap((issue) => fieldErrors(issue));
  const nowhere = issues.flatMap((issue) => codeOf(issue))[0];
  const unknown = issues.some((issue) => unknownKeys(issue).length > 0);
  const detail = errors.map((error) => `${error.path || 'value'}: ${error.message}`).join('; ');
  if (nowhere !== undefined)
    return new ProblemError(nowhere, `${PROBLEMS[nowhere].title}: ${detail}`, errors);
  return new ProblemError(unknown ? 'unknown-field' : 'invalid-field', detail, errors);
}

/** The code that a schema of ours names in an issue's params. */
function codeOf(issue: Issue): readonly ProblemCode[] {
  if (!('params' in issue)) return [];
  const { params } = issue;
  const named = typeof params === 'object' && params !== null && 'problem' in params;
  return named ? PROBLEM_CODES.filter((code) => code === params.problem) : [];
}

/** The schemas' own words for what is not there speak of their language's types. */
function inWords(message: string): string {
  const absent = /^Invalid input: expected (\w+), received undefined$/.exec(message);
  return absent === null ? message : `missing (${String(absent[1])})`;
}

function unknownKeys(issue: Issue): readonly string[] {
  if (!('code' in issue) || issue.code !== 'unrecognized_keys' || !('keys' in issue)) return [];
  return Array.isArray(issue.keys) ? issue.keys.map(String) : [];
}

function fieldErrors(issue: Issue): readonly FieldError[] {
  const path = (issue.path ?? []).map(String);
  const keys = unknownKeys(issue);
  if (keys.length === 0) return [{ path: path.join('.'), message: inWords(issue.message) }];
  return keys.map((key) => ({ path: [...path, key].join('.'), message: 'unknown field' }));
}

/** By the framework's status, for what is refused before a route is reached. */
const BY_STATUS: Readonly<Record<number, ProblemError>> = {
  404: new ProblemError('route-unknown'),
  413: new ProblemError('body-too-large'),
  415: new ProblemError('unsupported-media-type'),
};

/**
 * The problem for something that was thrown; null: a defect, whose details the client does not see.
 */
export function problemOf(error: unknown, status: number | null): ProblemError | null {
  if (error instanceof ProblemError) return error;
  if (isPortError(error, 'lost-tail')) return new ProblemError('store-lost-tail');
  if (isPortError(error))
    return error.retriable || error.code === 'closed'
      ? new ProblemError('store-unavailable')
      : null;
  if (status === null || status >= 500) return null;
  return BY_STATUS[status] ?? invalidField('', 'the request is not well-formed');
}
