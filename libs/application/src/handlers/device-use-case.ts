import {
  decideDevice,
  evolveDevice,
  initialProduct,
  type DeviceCommand,
  type DeviceDecision,
  type DeviceEvent,
  type DeviceRefusal,
  type DeviceState,
  type Dialect,
  type LiveDevice,
  type ProductState,
} from '@tallystick/domain';
import { deviceStream } from '@tallystick/contracts';
import type { StreamAppend } from '@tallystick/ports';
import { settledProduct } from './closing-product.ts';
import { toNewEvents, type Step, type UseCase } from './execution.ts';
import { createHolding } from './held-names.ts';
import type { CallContext, Refusal } from './handlers.types.ts';
import { isStale, revisionAfter, type Loaded } from './stream-states.ts';
import type { Parts } from './parts.ts';

/**
 * Which device. With `deviceId` only that life is meant; without it, whatever lives under the key.
 */
export interface DeviceRef {
  readonly productKey: string;
  readonly deviceKey: string;
  readonly deviceId?: string;
}

export interface OnDevice<State extends DeviceState, Reply> {
  readonly ref: DeviceRef;
  readonly command: DeviceCommand;
  /** The product's policy is part of the decision: the append checks that it is still the same. */
  readonly byPolicy?: boolean;
  /** Narrows the state after; the state of a device that must exist is {@link toLive}. */
  readonly toState: (state: DeviceState) => State;
  /** Called with the state after, once the command is accepted. */
  readonly reply: (after: State) => Promise<Reply> | Reply;
}

export function toLive(state: DeviceState): LiveDevice {
  if (state.status === 'live') return state;
  throw new Error('the command ends without a living device');
}

/** What a product's wire asks of names and secrets; of one that is not there, nothing. */
export function dialectOf(product: ProductState): Dialect {
  return product.status === 'live' ? product.dialect : 'auto';
}

export const toAny = (state: DeviceState): DeviceState => state;

export function refuse(
  refusal: Refusal,
  record: StreamAppend | null = null,
): Extract<Step<never, never>, { kind: 'refused' }> {
  return { kind: 'refused', refusal, record };
}

export function decideWith(
  { clock, limits }: Parts,
  command: DeviceCommand,
  state: DeviceState,
  product: ProductState,
): DeviceDecision {
  const { pendingMs, conflictWindowMs } = limits;
  return decideDevice(command, state, { now: clock.now(), product, pendingMs, conflictWindowMs });
}

export interface ByPolicy {
  readonly command: DeviceCommand;
  readonly state: DeviceState;
  readonly productKey: string;
}

/** Decides by the product as last known; a refusal counts only by the product as it is. */
export async function decideByPolicy(
  parts: Parts,
  context: CallContext,
  { command, state, productKey }: ByPolicy,
): Promise<{ readonly decision: DeviceDecision; readonly product: Loaded<ProductState> }> {
  const known = await parts.loading.knownProduct(productKey);
  const decision = decideWith(parts, command, state, known.state);
  if (decision.ok) return { decision, product: known };
  const product = await settledProduct(parts, context, productKey);
  if (product.revision === known.revision) return { decision, product };
  return { decision: decideWith(parts, command, state, product.state), product };
}

function missing(
  { deviceId }: DeviceRef,
  { ifMatch = null }: CallContext,
  loaded: Loaded<DeviceState>,
): Refusal | null {
  const { state } = loaded;
  if (deviceId !== undefined && (state.status === 'absent' || state.deviceId !== deviceId))
    return { code: 'device-unknown' };
  return isStale(loaded, ifMatch) ? { code: 'stale-revision' } : null;
}

function refused(
  parts: Parts,
  context: CallContext,
  { stream, revision }: Loaded<DeviceState>,
  refusal: DeviceRefusal,
) {
  const record = refusal.code === 'client-slots-full' ? refusal.record : [];
  // What was refused has changed nothing.
  const { origin: _, ...plain } = context;
  const events = toNewEvents(record, plain, parts.ids);
  const append = record.length === 0 ? null : { stream, expectedRevision: revision, events };
  return refuse({ code: refusal.code }, append);
}

export function deviceAppend(
  { stream, revision }: Loaded<DeviceState>,
  events: readonly DeviceEvent[],
  context: CallContext,
  parts: Parts,
): StreamAppend {
  return { stream, expectedRevision: revision, events: toNewEvents(events, context, parts.ids) };
}

/** A command on one device key: load, decide, append. */
export function deviceUseCase<State extends DeviceState, Reply>(
  parts: Parts,
  context: CallContext,
  on: OnDevice<State, Reply>,
): UseCase<State, Reply> {
  const { ref, command } = on;
  const names = createHolding(parts, context);

  async function prepare(): Promise<Step<State, Reply>> {
    const loaded = await parts.loading.device(context.tenant, ref.productKey, ref.deviceKey);
    const problem = missing(ref, context, loaded);
    if (problem !== null) return refuse(problem);
    const { state, changedAt, position } = loaded;
    const { decision, product } = on.byPolicy
      ? await decideByPolicy(parts, context, { command, state, productKey: ref.productKey })
      : { decision: decideWith(parts, command, state, initialProduct), product: null };
    if (!decision.ok) return refused(parts, context, loaded, decision.error);
    const after = on.toState(decision.value.reduce(evolveDevice, state));
    const beside = await names.appends(state, after);
    if (!beside.ok) return refuse(beside.error);
    const reply = await on.reply(after);
    if (decision.value.length === 0) {
      const same = { position, revision: changedAt, changed: false, body: null };
      return { kind: 'same', outcome: { ...same, state: after, reply } };
    }
    const own = deviceAppend(loaded, decision.value, context, parts);
    const check = product === null ? [] : [checkOf(product)];
    const appends = [...beside.value, own, ...check];
    const revision = revisionAfter(loaded, decision.value);
    return { kind: 'change', appends, main: beside.value.length, revision, state: after, reply };
  }

  return {
    lock: deviceStream(context.tenant, ref.productKey, ref.deviceKey),
    prepare,
    end: names.end,
    stale(of) {
      names.stale(of);
      parts.loading.forgetProduct(ref.productKey);
    },
  };
}

/** Writes nothing; lets the append fail when the product is no longer as it was read. */
export function checkOf({ stream, revision }: Loaded<ProductState>): StreamAppend {
  return { stream, expectedRevision: revision, events: [] };
}
