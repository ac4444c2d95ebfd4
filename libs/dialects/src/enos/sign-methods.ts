import type { HashAlgorithm } from '../connect/claim.types.ts';

/**
 * `signmethod` of CONNECT, `signMethod` of HTTP: some SDKs write `hmacX`, and it also means the
 * plain hash X.
 */
export const ENOS_SIGN_METHODS: ReadonlyMap<string, HashAlgorithm> = new Map([
  ['sha256', 'sha256'],
  ['hmacsha256', 'sha256'],
  ['sha1', 'sha1'],
  ['hmacsha1', 'sha1'],
  ['md5', 'md5'],
  ['hmacmd5', 'md5'],
]);
