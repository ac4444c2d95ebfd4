import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { JsonValue } from '@tallystick/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { demandOn, findAdmitted } from './admission.ts';
import { DEFAULT_TENANT, FIRST_CALLER, type Caller } from './caller.ts';
import { canonicalJson } from './canonical-json.ts';
import { invalidField } from './problem.ts';

/** What the headers of a call say, beside its body. */
export interface Call {
  /** For which tenant: that of the token, or the one that the header names. */
  readonly tenant: string;
  readonly tenantNamed: boolean;
  readonly caller: Caller;
  readonly actor: string;
  /** The operation, as openapi.json names it. */
  readonly action: string;
  /** The address of the socket. */
  readonly remoteAddress: string;
  /** The id of the call; its events carry it. */
  readonly correlationId: string;
  readonly traceparent: string | null;
  readonly ifMatch: number | null;
  readonly idempotency: {
    readonly key: string;
    /** Method, path and body, whatever the order of the body's fields. */
    readonly request: string;
    /**
     * The same with the body's fields in the order in which they came, as an earlier release kept
     * it.
     */
    readonly asBefore: string;
  } | null;
}

const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;
const KEY = /^[\x20-\x7e]{1,255}$/;

function header(request: FastifyRequest, name: string): string | null {
  const value = request.headers[name];
  return typeof value === 'string' ? value : null;
}

function ifMatch(request: FastifyRequest): number | null {
  const value = header(request, 'if-match');
  if (value === null) return null;
  const revision = /^"(0|[1-9]\d*)"$/.exec(value)?.[1];
  if (revision === undefined) throw invalidField('If-Match', 'expected "<revision>"');
  return Number(revision);
}

function idempotency(request: FastifyRequest): Call['idempotency'] {
  const key = header(request, 'idempotency-key');
  if (key === null) return null;
  if (!KEY.test(key)) throw invalidField('Idempotency-Key', 'expected 1 to 255 printable ASCII');
  const { method, url, body } = request;
  const spell = (text: string): string => `${method} ${url}\n${text}`;
  return { key, request: spell(canonicalJson(body)), asBefore: spell(JSON.stringify(body ?? {})) };
}

function isRead({ method }: FastifyRequest): boolean {
  return method === 'GET' || method === 'HEAD';
}

/** Of a route that needs no token: what it does is nobody's. */
const NOBODY = { caller: FIRST_CALLER, tenant: DEFAULT_TENANT, tenantNamed: false };

export function readCall(request: FastifyRequest): Call {
  const traceparent = header(request, 'traceparent');
  const who = findAdmitted(request) ?? NOBODY;
  return {
    ...who,
    actor: who.caller.actor,
    action: demandOn(request)?.operationId ?? '',
    remoteAddress: request.ip,
    correlationId: request.id,
    traceparent: traceparent !== null && TRACEPARENT.test(traceparent) ? traceparent : null,
    // A read is done each time, a secret's with its trace in the audit: only a write has a revision
    // to match and an answer to keep.
    ...(isRead(request)
      ? { ifMatch: null, idempotency: null }
      : { ifMatch: ifMatch(request), idempotency: idempotency(request) }),
  };
}

/** The call's headers as a parameter. Pipes do not see it: it is checked here. */
export const FromCall = createParamDecorator((_: unknown, context: ExecutionContext): Call =>
  readCall(context.switchToHttp().getRequest<FastifyRequest>()),
);

/** What a write answers with. */
export interface Written {
  readonly position: number;
  /** null: of no stream. */
  readonly revision: number | null;
  /** null: 204. */
  readonly body: JsonValue | null;
  /** The answer of an earlier call under the same Idempotency-Key. */
  readonly repeated?: true;
}

/**
 * What a write answers: its revision and position in headers, the resource after it as the body.
 */
export function answer(reply: FastifyReply, written: Written): JsonValue | undefined {
  void reply.header('tallystick-position', String(written.position));
  if (written.revision !== null) void reply.header('etag', `"${written.revision}"`);
  return written.body ?? undefined;
}
