import type { TenantEvent, TokenEvent } from '@tallystick/domain';
import type { Result } from '@tallystick/kernel';
import { refuse } from './device-use-case.ts';
import { toNewEvents, type UseCase } from './execution.ts';
import type { CallContext, Refusal } from './handlers.types.ts';
import type { Parts } from './parts.ts';
import { isStale, revisionAfter, type Loaded } from './stream-states.ts';

type Decision<Event> = Result<readonly Event[], Refusal>;

export interface OnStream<State, Event, Reply> {
  readonly load: () => Promise<Loaded<State>>;
  readonly decide: (state: State) => Decision<Event>;
  readonly evolve: (state: State, event: Event) => State;
  readonly reply: Reply;
}

/** A command on one stream of a tenant or a token: load, decide, append. */
export function streamUseCase<State, Event extends TenantEvent | TokenEvent, Reply>(
  { ids }: Pick<Parts, 'ids'>,
  context: CallContext,
  { load, decide, evolve, reply }: OnStream<State, Event, Reply>,
): UseCase<State, Reply> {
  return {
    lock: null,
    async prepare() {
      const loaded = await load();
      const { ifMatch = null } = context;
      // Where nothing is yet, there is no revision that the caller could have seen.
      if (ifMatch !== null && (loaded.revision === 0 || isStale(loaded, ifMatch)))
        return refuse({ code: 'stale-revision' });
      const decision = decide(loaded.state);
      if (!decision.ok) return refuse(decision.error);
      const events = toNewEvents(decision.value, context, ids);
      return {
        kind: 'change',
        appends: [{ stream: loaded.stream, expectedRevision: loaded.revision, events }],
        main: 0,
        revision: revisionAfter(loaded, decision.value),
        state: decision.value.reduce(evolve, loaded.state),
        reply,
      };
    },
    stale: () => undefined,
  };
}
