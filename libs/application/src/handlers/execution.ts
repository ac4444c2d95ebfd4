import { err, isPortError, ok, type JsonObject } from '@tallystick/kernel';
import type { Appended, AppendRefusal, EventMeta, Ids, NewEvent } from '@tallystick/ports';
import type {
  Answer,
  CallContext,
  DomainEvent,
  HandlerDeps,
  IdempotentCall,
  Outcome,
} from './handlers.types.ts';
import type { Attempt, Change, Deadline, Execution, Settled, UseCase } from './execution.types.ts';
import { createKeyedLock } from './keyed-lock.ts';
import { createPlannedAppend } from './planned-append.ts';
import type { Ending } from './quota.types.ts';

export type * from './execution.types.ts';

export function outcomeOf<State, Reply>(
  change: Pick<Change<State, Reply>, 'main' | 'revision' | 'state' | 'reply'>,
  appended: Appended,
): Outcome<State, Reply> {
  const { main, state, reply } = change;
  const revision = change.revision ?? appended.revisions[main] ?? 0;
  return { position: appended.position, revision, changed: true, state, reply, body: null };
}

/** The stream that was stale. Fresh event ids cannot be duplicates: that is a defect. */
export function staleStream(refusal: AppendRefusal): string {
  if (refusal.code === 'stale-revision') return refusal.stream;
  throw new Error(`event id ${refusal.eventId} is taken`);
}

const AWAY = err({ code: 'store-unavailable' } as const);

type Deps = Pick<HandlerDeps, 'store' | 'ids' | 'clock' | 'pause' | 'quota'>;

function createAppend({ store, pause }: Deps, jitter: (most: number) => number) {
  const append: Execution['append'] = async (batch, deadline) => {
    for (let tries = 1; ; tries += 1) {
      try {
        return await store.append(batch);
      } catch (error) {
        if (!isPortError(error) || !error.retriable || deadline.passed()) throw error;
        await pause(10 + jitter(Math.min(20 * tries, 200)));
      }
    }
  };
  return append;
}

function createRepeat({ pause }: Deps, jitter: (most: number) => number) {
  const lock = createKeyedLock();
  const unlocked: Execution['repeat'] = async (useCase, deadline, attempt) => {
    for (let tries = 1; ; tries += 1) {
      if (deadline.passed()) return AWAY;
      const tried = await attempt(await useCase.prepare());
      if (tried.settled) return tried.answer;
      useCase.stale(tried.stream);
      if (tries > 2) await pause(jitter(Math.min(4 * tries, 40)));
    }
  };
  const repeat: Execution['repeat'] = (useCase, deadline, attempt) =>
    useCase.lock === null
      ? unlocked(useCase, deadline, attempt)
      : lock.run(useCase.lock, () => unlocked(useCase, deadline, attempt));
  return repeat;
}

export function createExecution(deps: Deps, budgetMs: number): Execution {
  const { ids, clock } = deps;
  const jitter = (most: number): number => ((ids.bytes(1)[0] ?? 0) * most) / 255;
  const append = createAppend(deps, jitter);
  const repeat = createRepeat(deps, jitter);

  const refuse: Execution['refuse'] = async ({ refusal, record }, deadline) => {
    const recorded = record === null ? null : await append([record], deadline);
    return recorded?.ok === false
      ? { settled: false, stream: staleStream(recorded.error) }
      : { settled: true, answer: err(refusal) };
  };

  const change = async <S, R>(
    step: Change<S, R>,
    deadline: Deadline,
  ): Promise<Attempt<Settled<S, R>>> => {
    const appended = await append(step.appends, deadline);
    return appended.ok
      ? { settled: true, answer: ok(outcomeOf(step, appended.value)) }
      : { settled: false, stream: staleStream(appended.error) };
  };

  return {
    append,
    appendPlanned: createPlannedAppend(deps, append),
    repeat,
    refuse,
    direct: <S, R>(useCase: UseCase<S, R>, deadline: Deadline) =>
      repeat<S, R, Settled<S, R>>(useCase, deadline, async (step) => {
        if (step.kind === 'change') return change(step, deadline);
        if (step.kind === 'refused') return refuse(step, deadline);
        return { settled: true, answer: ok(step.outcome) };
      }),
    deadline() {
      const end = clock.monotonicMs() + budgetMs;
      return { passed: () => clock.monotonicMs() >= end };
    },
  };
}

export type Run = <State, Reply>(
  useCase: UseCase<State, Reply>,
  context: CallContext,
) => Answer<State, Reply>;

/** A store that is away is an answer, not an exception. */
async function refuseWhenAway<State, Reply>(
  work: () => Answer<State, Reply>,
): Answer<State, Reply> {
  try {
    return await work();
  } catch (error) {
    if (isPortError(error) && (error.retriable || error.code === 'closed')) return AWAY;
    throw error;
  }
}

/** Runs a use case under a caller's Idempotency-Key. */
export type RunOnce = <State, Reply>(
  useCase: UseCase<State, Reply>,
  call: IdempotentCall,
  deadline: Deadline,
) => Answer<State, Reply>;

function endingOf(answer: Settled<unknown, unknown>): Ending {
  if (answer.ok) return answer.value.position;
  return answer.error.code === 'store-unavailable' ? 'unknown' : null;
}

/** Runs use cases within their time, under the caller's Idempotency-Key where there is one. */
export function createRun(execution: Execution, once: RunOnce): Run {
  return async (useCase, { idempotency: call }) => {
    const deadline = execution.deadline();
    let ending: Ending = 'unknown';
    try {
      const answer = await refuseWhenAway(() =>
        call === undefined ? execution.direct(useCase, deadline) : once(useCase, call, deadline),
      );
      ending = endingOf(answer);
      return answer;
    } finally {
      useCase.end?.(ending);
    }
  };
}

/** The events as the store takes them, each with a fresh id. */
export function toNewEvents(
  events: readonly DomainEvent[],
  context: CallContext,
  ids: Ids,
): readonly NewEvent[] {
  return events.map(({ type, time, data }, at) => {
    const subject = 'deviceId' in data ? data.deviceId : null;
    return {
      id: ids.uuid(),
      type,
      schemaVersion: 1,
      time,
      data: data as unknown as JsonObject,
      meta: metaOf(context, subject, at === 0),
    };
  });
}

/**
 * What the events of a call carry. The first event of an act carries its origin: the audit has one
 * row of it.
 */
export function metaOf(context: CallContext, subject: string | null, isFirst = false): EventMeta {
  const { tenant, actor, correlationId, traceparent, origin } = context;
  const causationId = context.causationId ?? correlationId;
  return {
    tenant,
    subject,
    actor,
    correlationId,
    causationId,
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(origin === undefined || !isFirst ? {} : { origin }),
  };
}
