import { createHash, timingSafeEqual } from 'node:crypto';
import type { SecretVault } from '../secrets/secret-vault.ts';
import type { IdempotentCall } from './handlers.types.ts';

/**
 * What tells whether a call under a known key is the same call. A request may hold a secret of six
 * characters, so its bare hash would give it away to whoever reads the table and tries; the hash is
 * therefore sealed as plans and replies are.
 */
export interface RequestMarks {
  /** As it is stored. */
  of(call: IdempotentCall): string;
  isOf(stored: string, call: IdempotentCall): boolean;
}

const SEALED = 'sealed:';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

export function createRequestMarks(
  vault: Pick<SecretVault, 'sealBlob' | 'openBlob'>,
): RequestMarks {
  return {
    of: ({ key, request }) =>
      SEALED + Buffer.from(vault.sealBlob(`request|${key}`, digest(request))).toString('base64url'),
    isOf(stored, { key, request, asBefore }) {
      if (!stored.startsWith(SEALED))
        // Written by an earlier release: its rows are gone a day after the upgrade.
        return stored === digest(asBefore ?? request).toString('hex');
      const sealed = Buffer.from(stored.slice(SEALED.length), 'base64url');
      const known = vault.openBlob(`request|${key}`, sealed);
      return timingSafeEqual(digest(request), known);
    },
  };
}
