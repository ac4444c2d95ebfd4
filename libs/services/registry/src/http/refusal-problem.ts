import type { Refusal } from '@tallystick/application';
import type { ProblemCode } from '@tallystick/contracts';
import { invalidField, ProblemError } from './problem.ts';

type Coded = Exclude<Refusal['code'], 'invalid-field' | 'quota-exceeded'>;

/** A new refusal does not compile until it has its answer here. */
const PROBLEM_OF = {
  'product-unknown': 'product-unknown',
  'device-unknown': 'device-unknown',
  'unit-unknown': 'unit-unknown',
  'token-unknown': 'token-unknown',
  'tenant-taken': 'tenant-taken',
  'product-key-taken': 'product-key-taken',
  'device-key-taken': 'device-key-taken',
  'device-id-taken': 'device-id-taken',
  'device-disabled': 'device-disabled',
  'client-slots-full': 'client-slots-full',
  'name-closed': 'name-closed',
  'unit-state': 'unit-state',
  'product-not-empty': 'product-not-empty',
  'stale-revision': 'stale-revision',
  'idempotency-mismatch': 'idempotency-mismatch',
  'store-unavailable': 'store-unavailable',
  // Only a gateway is told so, and what gateways ask is no call of this API.
  'dynamic-activation-off': 'forbidden',
  'already-activated': 'forbidden',
} as const satisfies Readonly<Record<Coded, ProblemCode>>;

export function toProblemError(refusal: Refusal): ProblemError {
  if (refusal.code === 'invalid-field') return invalidField(refusal.path, refusal.message);
  if (refusal.code === 'quota-exceeded') return new ProblemError(refusal.code, refusal.detail);
  return new ProblemError(PROBLEM_OF[refusal.code]);
}
