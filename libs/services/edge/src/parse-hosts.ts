import { isIP } from 'node:net';
import { err, ok, type Result } from '@tallystick/kernel';
import { items } from './setting-parsers.ts';

/** RFC 1123, 2.1; `_` besides, which container networks use. */
const LABEL = /^[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$/;

function isHost(text: string): boolean {
  if (isIP(text) > 0) return !text.includes('%');
  const labels = text.split('.');
  // Else a mistyped address would count as a name.
  if (/^\d+$/.test(labels.at(-1) ?? '')) return false;
  return text.length <= 253 && labels.every((label) => LABEL.test(label));
}

/** A host name or an address; IPv6 with or without brackets. */
export function optionalHost(value: string): Result<string | null, string> {
  if (value === '') return ok(null);
  const bare = value.replace(/^\[(.*)\]$/, '$1');
  return isHost(bare) ? ok(bare) : err('must be a host name or an address, without a port');
}

const MOST_HOSTS = 100;

/** Names in a certificate: the first label of one may be `*` (RFC 6125, 6.4.3). */
export function hosts(value: string): Result<readonly string[], string> {
  const found = items(value);
  const fit = found.every((item) => isHost(item.replace(/^\*\./, '')));
  return fit && found.length > 0 && found.length <= MOST_HOSTS
    ? ok(found)
    : err(`must be 1 to ${MOST_HOSTS} host names or addresses, separated by commas`);
}
