import { Command } from '@nestjs/cqrs';
import type { Answer, CallContext, Outcome } from '@tallystick/application';
import { isJsonObject, type JsonValue } from '@tallystick/kernel';
import { toAuditEntry } from '../audit/audit-entry.ts';
import { FIRST_CALLER } from '../http/caller.ts';
import type { Call, Written } from '../http/call.ts';
import { toProblemError } from '../http/refusal-problem.ts';
import type { HandlerParts } from './handler.ts';

/** A write that an operator asked for. */
export abstract class Write<Input> extends Command<Written> {
  readonly call: Call;
  readonly input: Input;

  constructor(call: Call, input: Input) {
    super();
    this.call = call;
    this.input = input;
  }
}

type Render<State, Reply> = (
  outcome: Outcome<State, Reply>,
) => JsonValue | null | Promise<JsonValue | null>;

/** Names are not unique; what the first token was answered is kept under its name. */
function scopeOf({ caller }: Call): string {
  return caller === FIRST_CALLER ? caller.actor : `token-id:${caller.tokenId}`;
}

type RenderAny = NonNullable<NonNullable<CallContext['idempotency']>['render']>;

/** Who calls and why. `render`: the answer that is kept under the call's Idempotency-Key. */
export function toContext(call: Call, render?: RenderAny): CallContext {
  const { tenant, actor, correlationId, traceparent, ifMatch, idempotency } = call;
  const origin = { action: call.action, address: call.remoteAddress };
  const base = { tenant, actor, correlationId, ifMatch, origin };
  const traced = traceparent === null ? base : { ...base, traceparent };
  if (idempotency === null) return traced;
  const { request, asBefore } = idempotency;
  const key = `${tenant}/${scopeOf(call)}/${idempotency.key}`;
  const kept = render === undefined ? {} : { render };
  return { ...traced, idempotency: { key, request, asBefore, ...kept } };
}

/**
 * A command of the API as the application takes it: the reply of a repeated call is the one that
 * was rendered first.
 */
export async function settle<State, Reply>(
  call: Call,
  command: (context: CallContext) => Answer<State, Reply>,
  render: Render<State, Reply>,
): Promise<Written> {
  const { idempotency } = call;
  // The state and reply are those of this very command: the wrapper only carries them.
  const context = toContext(call, (outcome) => render(outcome as Outcome<State, Reply>));
  const answer = await command(context);
  if (!answer.ok) throw toProblemError(answer.error);
  const { position, revision, repeated } = answer.value;
  const body = idempotency === null ? await render(answer.value) : answer.value.body;
  return { position, revision, body, ...(repeated ? { repeated } : {}) };
}

/**
 * A repeated call is shown the secret of its answer again: that is a read of it, and the audit has
 * it first. `id`: the field of the answer that names the resource.
 */
export async function tellSecret(
  parts: Pick<HandlerParts, 'audit' | 'clock'>,
  call: Call,
  settled: Promise<Written>,
  id: 'deviceId' | 'productKey' | 'id',
): Promise<Written> {
  const written = await settled;
  if (!written.repeated) return written;
  const named = isJsonObject(written.body) ? written.body[id] : null;
  const subject = typeof named === 'string' ? named : null;
  const entry = toAuditEntry(call, parts.clock.now(), subject, 'the same answer again');
  await parts.audit.record([entry]);
  return written;
}

type Exact<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/**
 * A parsed body without the fields that were left out: absent and undefined are one to a schema,
 * but not to a command.
 */
export function exact<T extends object>(body: T): Exact<T> {
  const given = Object.entries(body).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as Exact<T>;
}
