import type { ProblemCode } from '@tallystick/contracts';
import type { ComponentName } from './components.ts';

export interface Route {
  readonly method: 'get' | 'post' | 'patch' | 'delete';
  /** In OpenAPI's form. */
  readonly path: string;
  readonly operationId: string;
  readonly body?: ComponentName;
  readonly status: 200 | 201 | 204;
  /** Absent: no body. `text`, `events`, `document`: none of the named schemas. */
  readonly answer?: ComponentName | 'text' | 'events' | 'document';
  readonly query?: readonly string[];
  /** Beside those that every route has. */
  readonly headers?: readonly string[];
  /** The same answer comes with 503 when all is not well. */
  readonly or503?: true;
  readonly problems?: readonly ProblemCode[];
}

type Problems = readonly ProblemCode[];
type Answer = NonNullable<Route['answer']>;

/** The few kinds of route there are. */
export const read = (
  operationId: string,
  path: string,
  answer: Answer,
  problems: Problems = [],
  query: readonly string[] = [],
): Route => ({ method: 'get', path, operationId, status: 200, answer, query, problems });

export const create = (
  operationId: string,
  path: string,
  body: ComponentName,
  answer: Answer,
  problems: Problems,
): Route => ({ method: 'post', path, operationId, body, status: 201, answer, problems });

export const act = (
  operationId: string,
  path: string,
  body: ComponentName,
  answer: Answer,
  problems: Problems,
): Route => ({ method: 'post', path, operationId, body, status: 200, answer, problems });

export const patch = (
  operationId: string,
  path: string,
  body: ComponentName,
  answer: Answer,
  problems: Problems,
): Route => ({ method: 'patch', path, operationId, body, status: 200, answer, problems });

export const remove = (operationId: string, path: string, problems: Problems): Route => ({
  method: 'delete',
  path,
  operationId,
  status: 204,
  problems,
});
