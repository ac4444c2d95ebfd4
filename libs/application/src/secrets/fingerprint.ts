import { createHmac, type KeyObject } from 'node:crypto';

/**
 * Tells one key from another and nothing of either: a MAC under it, cut to so many hex digits.
 * `purpose` keeps fingerprints of one use apart from those of another.
 */
export function fingerprintOf(key: KeyObject, purpose: string, digits: number): string {
  return createHmac('sha256', key).update(purpose).digest('hex').slice(0, digits);
}
