import { decideProduct, type ProductState } from '@tallystick/domain';
import { toNewEvents } from './execution.ts';
import type { CallContext } from './handlers.types.ts';
import type { Loaded } from './stream-states.ts';
import type { Parts } from './parts.ts';

/** What a deletion takes, and a little more. */
const DELETED_WITHIN_MS = 1_000;
const LOOK_EVERY_MS = 20;

function isClosing({ state }: Loaded<ProductState>, tenant: string): boolean {
  return state.status === 'live' && state.closing && state.tenant === tenant;
}

/**
 * The deletion was not finished. The caller that began it has died, or will find this event and
 * look again. A stale append does no harm: another caller was faster.
 */
async function reopen(
  { store, ids, clock }: Parts,
  context: CallContext,
  { stream, state, revision }: Loaded<ProductState>,
): Promise<void> {
  const decision = decideProduct({ type: 'ReopenProduct' }, state, { now: clock.now() });
  if (!decision.ok) return;
  // It is no act of this caller.
  const { origin: _, ...plain } = context;
  const events = toNewEvents(decision.value, plain, ids);
  await store.append([{ stream, expectedRevision: revision, events }]);
}

/**
 * The product as it is. While a product is being deleted, this waits for the outcome: the deletion
 * may be undone, and a registration must not be refused by a product that stays.
 */
export async function settledProduct(
  parts: Parts,
  context: CallContext,
  productKey: string,
): Promise<Loaded<ProductState>> {
  const { loading, clock, pause } = parts;
  const end = clock.monotonicMs() + DELETED_WITHIN_MS;
  let product = await loading.product(productKey);
  while (isClosing(product, context.tenant)) {
    if (clock.monotonicMs() >= end) await reopen(parts, context, product);
    else await pause(LOOK_EVERY_MS);
    product = await loading.product(productKey);
  }
  return product;
}
