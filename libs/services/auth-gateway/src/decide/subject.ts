import type { ProductCredential } from '@tallystick/contracts';
import type { Claim, DialectName, ParsedConnect } from '@tallystick/dialects';
import type { Meant } from './meant.ts';
import { namedBy } from './named.ts';
import type { ProofAttempt } from './proof.ts';
import { ruleOf } from './rules.ts';

export type Claims = Extract<ParsedConnect, { readonly kind: 'claims' }>;

/** A CONNECT, whom it means, and the proofs of it. */
export interface Subject extends Meant {
  readonly connect: Claims;
  readonly proofs: ProofAttempt;
  /** It came over a TLS-PSK connection, whose handshake has proven a device. */
  readonly overPsk: boolean;
  /** That device is another one: nothing that is said here can be right. */
  readonly isAnothers: boolean;
}

/** A product of one dialect is read in that dialect alone. */
export function speaksDialect(product: ProductCredential | null, dialect: DialectName): boolean {
  return product !== null && (product.dialect === 'auto' || product.dialect === dialect);
}

export const speaks = (product: ProductCredential | null, { dialect }: Claim): boolean =>
  speaksDialect(product, dialect);

/** What is told of a decision on this claim. */
export function facts(subject: Subject, claim: Claim) {
  const { productKey, deviceKey, product, device, overPsk } = subject;
  const { clientId } = subject.connect;
  const named = namedBy({ productKey, deviceKey, clientId }, product, device);
  const rule = ruleOf(claim, overPsk);
  return { ...named, clientId, dialect: claim.dialect, rule, secretVersion: null };
}
