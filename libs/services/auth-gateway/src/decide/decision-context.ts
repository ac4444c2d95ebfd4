import type { DeviceCredential } from '@tallystick/contracts';
import type { ViewLookup } from '../view/view-lookup.ts';
import type { Budgets, Named } from './decision.types.ts';
import type { ProofChecker } from './proof.ts';

/** What a decision is made from, beside the CONNECT itself. */
export interface DecisionContext {
  readonly view: ViewLookup;
  readonly proofs: ProofChecker;
  readonly nowMs: number;
  /** Age of the fast lane's tick. */
  readonly stalenessMs: number;
  /** False after a warm start until the view has what happened meanwhile. */
  readonly caughtUp: boolean;
  readonly budgets: Budgets;
  /** It came over plain TCP: what it says is read by whoever listens. */
  readonly inTheClear: boolean;
  /** Null: its wire has none. */
  readonly keepAliveSeconds: number | null;
  /** The device that the handshake of its TLS-PSK connection has proven; null: none. */
  readonly psk: Pick<Named, 'productKey' | 'deviceKey'> | null;
  /** It has logged in here with its own secret, and the view does not know yet. */
  readonly isActivatedHere: (device: DeviceCredential) => boolean;
}

/**
 * How old the view may be before an unknown name means "unknown" and not "not yet heard of"
 * (libs/README.md, rule 8).
 */
export const SURE_WITHIN_MS = 1_500;

/** Whether the view can be sure of what it does not hold, and that what it holds still stands. */
export function isSure({ caughtUp, stalenessMs }: DecisionContext): boolean {
  return caughtUp && stalenessMs <= SURE_WITHIN_MS;
}
