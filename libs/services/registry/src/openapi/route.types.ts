import type { ProblemCode } from '@tallystick/contracts';
import type { ComponentName } from './components.ts';
import type { ParameterName } from './parameters.ts';
import type { OperationId } from './texts/index.ts';

export interface Route {
  readonly method: 'get' | 'post' | 'patch' | 'delete';
  /** In OpenAPI's form. */
  readonly path: string;
  /** Its text stands in texts/. */
  readonly operationId: OperationId;
  readonly body?: ComponentName;
  readonly status: 200 | 201 | 204;
  /** Absent: no body. Those in small letters are none of the named schemas. */
  readonly answer?: ComponentName | 'text' | 'events' | 'html' | 'file' | 'openapi' | 'asyncapi';
  readonly query?: readonly ParameterName[];
  /** Beside those that every route has. */
  readonly headers?: readonly ParameterName[];
  /** The same answer comes with 503 when all is not well. */
  readonly or503?: true;
  readonly problems?: readonly ProblemCode[];
}

export const isWrite = ({ method }: Route): boolean => method !== 'get';
/** Needs no token. */
export const isOpen = ({ path }: Route): boolean => !path.startsWith('/api/');

/** Its path as the server names it. */
export const toServerPath = ({ path }: Route): string => path.replace(/\{(\w+)\}/g, ':$1');

type Problems = readonly ProblemCode[];
type Answer = NonNullable<Route['answer']>;

/** The few kinds of route there are. */
export const read = (
  operationId: OperationId,
  path: string,
  answer: Answer,
  problems: Problems = [],
  query: readonly ParameterName[] = [],
): Route => ({ method: 'get', path, operationId, status: 200, answer, query, problems });

export const create = (
  operationId: OperationId,
  path: string,
  body: ComponentName,
  answer: Answer,
  problems: Problems,
): Route => ({ method: 'post', path, operationId, body, status: 201, answer, problems });

export const act = (
  operationId: OperationId,
  path: string,
  body: ComponentName,
  answer: Answer,
  problems: Problems,
): Route => ({ method: 'post', path, operationId, body, status: 200, answer, problems });

export const patch = (
  operationId: OperationId,
  path: string,
  body: ComponentName,
  answer: Answer,
  problems: Problems,
): Route => ({ method: 'patch', path, operationId, body, status: 200, answer, problems });

export const remove = (operationId: OperationId, path: string, problems: Problems): Route => ({
  method: 'delete',
  path,
  operationId,
  status: 204,
  problems,
});
