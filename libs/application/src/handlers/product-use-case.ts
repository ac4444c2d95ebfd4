import {
  decideProduct,
  evolveProduct,
  initialProduct,
  type LiveProduct,
  type ProductCommand,
  type ProductState,
} from '@tallystick/domain';
import { productStream } from '@tallystick/contracts';
import { refuse } from './device-use-case.ts';
import { toNewEvents, type Step, type UseCase } from './execution.ts';
import type { CallContext } from './handlers.types.ts';
import type { Parts } from './parts.ts';
import { isStale, revisionAfter, type Loaded } from './stream-states.ts';

export interface OnProduct<State extends ProductState, Reply> {
  readonly productKey: string;
  readonly command: ProductCommand;
  readonly toState: (state: ProductState) => State;
  /** Called with the state after, once the command is accepted. */
  readonly reply: (after: State) => Promise<Reply> | Reply;
}

export function toLiveProduct(state: ProductState): LiveProduct {
  if (state.status === 'live') return state;
  throw new Error('the command ends without a living product');
}

export const toAnyProduct = (state: ProductState): ProductState => state;

/** A product that is to be created has no revision that the caller could have seen. */
function hasChanged(
  { type }: ProductCommand,
  { status }: ProductState,
  loaded: Loaded<ProductState>,
  ifMatch: number | null,
): boolean {
  if (ifMatch === null) return false;
  return type === 'CreateProduct' || (status === 'live' && isStale(loaded, ifMatch));
}

/** A command on one product: load, decide, append. */
export function productUseCase<State extends ProductState, Reply>(
  parts: Parts,
  context: CallContext,
  on: OnProduct<State, Reply>,
): UseCase<State, Reply> {
  const { command } = on;
  const { tenant, ifMatch = null } = context;

  async function prepare(): Promise<Step<State, Reply>> {
    const loaded = await parts.loading.product(on.productKey);
    const { stream, state, changedAt, position } = loaded;
    // Another tenant's product is as unknown as none; only its key is taken.
    const foreign = state.status === 'live' && state.tenant !== tenant;
    const seen = foreign && command.type !== 'CreateProduct' ? initialProduct : state;
    if (hasChanged(command, seen, loaded, ifMatch)) return refuse({ code: 'stale-revision' });
    const decision = decideProduct(command, seen, { now: parts.clock.now() });
    if (!decision.ok) return refuse(decision.error);
    const after = on.toState(decision.value.reduce(evolveProduct, seen));
    const reply = await on.reply(after);
    if (decision.value.length === 0) {
      const same = { position, revision: changedAt, changed: false, body: null };
      return { kind: 'same', outcome: { ...same, state: after, reply } };
    }
    const events = toNewEvents(decision.value, context, parts.ids);
    const appends = [{ stream, expectedRevision: loaded.revision, events }];
    const revision = revisionAfter(loaded, decision.value);
    return { kind: 'change', appends, main: 0, revision, state: after, reply };
  }

  return {
    lock: productStream(on.productKey),
    prepare,
    stale: () => parts.loading.forgetProduct(on.productKey),
  };
}
