import { err, ok } from '@tallystick/kernel';
import type { IdempotencyRecord } from '@tallystick/ports';
import {
  outcomeOf,
  staleStream,
  type Attempt,
  type Change,
  type Deadline,
  type Execution,
  type Settled,
  type Step,
  type UseCase,
} from './execution.ts';
import type { Answer, HandlerDeps, IdempotentCall, Outcome } from './handlers.types.ts';
import { createKeyedLock } from './keyed-lock.ts';
import { createRequestMarks } from './request-marks.ts';

/**
 * Plan, append, reply. The exact append (event ids and all) is kept before it is made, so that
 * whoever repeats a call finishes it, whatever died in between; the reply is kept after. Both are
 * sealed: they hold secrets. A refusal is not kept: its repeat is tried afresh.
 */
export interface Idempotency {
  run<State, Reply>(
    useCase: UseCase<State, Reply>,
    call: IdempotentCall,
    deadline: Deadline,
  ): Answer<State, Reply>;
}

type Deps = Pick<HandlerDeps, 'idempotency' | 'vault' | 'clock'>;

/** The records of the port, opened and sealed. */
function createRecords({ idempotency, vault, clock }: Deps) {
  const marks = createRequestMarks(vault);
  const seal = (kind: 'plan' | 'reply', key: string, value: unknown): Uint8Array =>
    vault.sealBlob(`${kind}|${key}`, Buffer.from(JSON.stringify(value), 'utf8'));
  // Sealed by this release or an older one under the same name: its form is known.
  const open = <T>(kind: 'plan' | 'reply', key: string, sealed: Uint8Array): T =>
    JSON.parse(Buffer.from(vault.openBlob(`${kind}|${key}`, sealed)).toString('utf8')) as T;
  const insert = (call: IdempotentCall, plan: unknown, reply: unknown): Promise<boolean> =>
    idempotency.insert({
      key: call.key,
      requestHash: marks.of(call),
      plan: seal('plan', call.key, plan),
      reply: reply === null ? null : seal('reply', call.key, reply),
      createdAt: clock.now(),
    });
  return {
    insert,
    find: (call: IdempotentCall) => idempotency.find(call.key),
    isOf: ({ requestHash }: IdempotencyRecord, call: IdempotentCall) =>
      marks.isOf(requestHash, call),
    complete: (call: IdempotentCall, reply: unknown) =>
      idempotency.complete(call.key, seal('reply', call.key, reply)),
    planOf: <S, R>({ key, plan }: IdempotencyRecord) => open<Change<S, R>>('plan', key, plan),
    replyOf: <S, R>({ key, reply }: IdempotencyRecord) =>
      reply === null ? null : open<Outcome<S, R>>('reply', key, reply),
    /** Forgets that plan, not one that another caller has put in its place. */
    async forget({ key, plan }: IdempotencyRecord): Promise<void> {
      const now = await idempotency.find(key);
      if (now !== null && Buffer.compare(now.plan, plan) === 0) await idempotency.remove(key);
    },
    remove: (call: IdempotentCall) => idempotency.remove(call.key),
  };
}

async function render<S, R>(call: IdempotentCall, outcome: Outcome<S, R>): Promise<Outcome<S, R>> {
  return call.render === undefined ? outcome : { ...outcome, body: await call.render(outcome) };
}

type Records = ReturnType<typeof createRecords>;
type Fresh<S, R> = Settled<S, R> | 'taken';

async function complete<S, R>(records: Records, call: IdempotentCall, outcome: Outcome<S, R>) {
  const answer = await render(call, outcome);
  await records.complete(call, answer);
  return answer;
}

/** Under a key that nobody has used; `taken`: somebody was faster. */
function createFresh(records: Records, execution: Execution) {
  async function change<S, R>(
    step: Change<S, R>,
    call: IdempotentCall,
    deadline: Deadline,
  ): Promise<Attempt<Fresh<S, R>>> {
    if (!(await records.insert(call, step, null))) return { settled: true, answer: 'taken' };
    const appended = await execution.append(step.appends, deadline);
    if (!appended.ok) {
      await records.remove(call);
      return { settled: false, stream: staleStream(appended.error) };
    }
    const outcome = outcomeOf(step, appended.value);
    return { settled: true, answer: ok(await complete(records, call, outcome)) };
  }

  async function same<S, R>(
    outcome: Outcome<S, R>,
    call: IdempotentCall,
  ): Promise<Attempt<Fresh<S, R>>> {
    const answer = await render(call, outcome);
    const inserted = await records.insert(call, null, answer);
    return { settled: true, answer: inserted ? ok(answer) : 'taken' };
  }

  return <S, R>(useCase: UseCase<S, R>, call: IdempotentCall, deadline: Deadline) =>
    execution.repeat<S, R, Fresh<S, R>>(useCase, deadline, async (step: Step<S, R>) => {
      if (step.kind === 'change') return change(step, call, deadline);
      if (step.kind === 'same') return same(step.outcome, call);
      return execution.refuse(step, deadline);
    });
}

/** Finishes what an earlier call began; null: its plan lost a race for good and is forgotten. */
async function finish<S, R>(
  records: Records,
  execution: Execution,
  record: IdempotencyRecord,
  call: IdempotentCall,
  deadline: Deadline,
): Promise<Settled<S, R> | null> {
  const reply = records.replyOf<S, R>(record);
  if (reply !== null) return ok({ ...reply, repeated: true });
  const plan = records.planOf<S, R>(record);
  const appended = await execution.appendPlanned(plan.appends, deadline);
  if (appended.ok) {
    const answer = await complete(records, call, outcomeOf(plan, appended.value));
    return ok({ ...answer, repeated: true });
  }
  await records.forget(record);
  return appended.error.code === 'quota-exceeded' ? err(appended.error) : null;
}

export function createIdempotency(deps: Deps, execution: Execution): Idempotency {
  const records = createRecords(deps);
  const fresh = createFresh(records, execution);
  const lock = createKeyedLock();

  async function once<S, R>(
    useCase: UseCase<S, R>,
    call: IdempotentCall,
    deadline: Deadline,
  ): Promise<Settled<S, R> | null> {
    const record = await records.find(call);
    if (record === null) {
      const answer = await fresh(useCase, call, deadline);
      return answer === 'taken' ? null : answer;
    }
    if (!records.isOf(record, call)) return err({ code: 'idempotency-mismatch' });
    return finish<S, R>(records, execution, record, call, deadline);
  }

  return {
    run: (useCase, call, deadline) =>
      lock.run(call.key, async () => {
        for (;;) {
          const answer = await once(useCase, call, deadline);
          if (answer !== null) return answer;
          if (deadline.passed()) return err({ code: 'store-unavailable' });
        }
      }),
  };
}
