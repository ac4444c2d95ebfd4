import type { ProblemCode } from '@tallystick/contracts';
import type { Scope } from '@tallystick/domain';
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
  /** It reads its body itself, as CSV or lines of JSON, and without a limit. */
  readonly streams?: true;
  readonly status: 200 | 201 | 202 | 204;
  /** Absent: no body. Those in small letters are none of the named schemas. */
  readonly answer?:
    ComponentName | 'text' | 'events' | 'html' | 'file' | 'csv' | 'openapi' | 'asyncapi';
  readonly query?: readonly ParameterName[];
  /** Beside those that every route has. */
  readonly headers?: readonly ParameterName[];
  /** The same answer comes with 503 when all is not well. */
  readonly or503?: true;
  readonly problems?: readonly ProblemCode[];
  /** Any one of these is enough. Absent: read for a GET, write for all else. */
  readonly scopes?: readonly Scope[];
  /** Only a token with admin in tenant default may. */
  readonly inDefault?: true;
}

export const isWrite = ({ method }: Route): boolean => method !== 'get';
/** Needs no token. */
export const isOpen = ({ path }: Route): boolean => !path.startsWith('/api/');

/** Any one of these lets a token in; none: no token is needed. */
export function scopesOf(route: Route): readonly Scope[] {
  if (isOpen(route)) return [];
  return route.scopes ?? [isWrite(route) ? 'write' : 'read'];
}

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

/** Goes on behind the answer. */
export const accept = (
  operationId: OperationId,
  path: string,
  answer: Answer,
  problems: Problems,
): Route => ({ ...act(operationId, path, 'Empty', answer, problems), status: 202 });

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

/** Under other scopes than its method's. */
export const under = (route: Route, ...scopes: readonly Scope[]): Route => ({ ...route, scopes });

/** For whoever runs the installation. */
export const forInstallation = (route: Route): Route => ({
  ...under(route, 'admin'),
  inDefault: true,
});
