import type { Answer, CallContext, Outcome, Refusal } from '@tallystick/application';
import type { JsonValue } from '@tallystick/kernel';
import type { Call } from '../http/call.ts';
import { invalidField, ProblemError } from '../http/problem.ts';
import type { Written } from './messages.ts';

type Render<State, Reply> = (
  outcome: Outcome<State, Reply>,
) => JsonValue | null | Promise<JsonValue | null>;

export function toProblemError(refusal: Refusal): ProblemError {
  switch (refusal.code) {
    case 'invalid-field':
      return invalidField(refusal.path, refusal.message);
    // Only a claim is refused so, and a claim is no call of this API.
    case 'dynamic-activation-off':
      return new ProblemError('forbidden');
    default:
      return new ProblemError(refusal.code);
  }
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
  const { tenant, actor, correlationId, traceparent, ifMatch, idempotency } = call;
  const context: CallContext = {
    tenant,
    actor,
    correlationId,
    ifMatch,
    ...(traceparent === null ? {} : { traceparent }),
    ...(idempotency === null
      ? {}
      : {
          idempotency: {
            key: `${tenant}/${actor}/${idempotency.key}`,
            request: idempotency.request,
            asBefore: idempotency.asBefore,
            // The state and reply are those of this very command: the wrapper only carries them.
            render: (outcome) => render(outcome as Outcome<State, Reply>),
          },
        }),
  };
  const answer = await command(context);
  if (!answer.ok) throw toProblemError(answer.error);
  const { position, revision } = answer.value;
  const body = idempotency === null ? await render(answer.value) : answer.value.body;
  return { position, revision, body };
}
