import { isIP } from 'node:net';
import { err, ok, type Result } from '@tallystick/kernel';
import { items } from './setting-parsers.ts';

/** An address, or all that share its first bits. */
export interface Network {
  readonly family: 'ipv4' | 'ipv6';
  readonly address: string;
  /** Bits that count: 32 (128) for one address. */
  readonly prefix: number;
}

const BITS = { ipv4: 32, ipv6: 128 } as const;

function parseNetwork(text: string): Network | null {
  const [address = '', prefix, ...more] = text.split('/');
  const version = address.includes('%') ? 0 : isIP(address);
  if (version === 0 || more.length > 0) return null;
  const family = version === 4 ? 'ipv4' : 'ipv6';
  if (prefix === undefined) return { family, address, prefix: BITS[family] };
  const bits = /^\d{1,3}$/.test(prefix) ? Number(prefix) : NaN;
  return bits <= BITS[family] ? { family, address, prefix: bits } : null;
}

/** Addresses and CIDRs with commas, for example `10.0.0.0/8,192.0.2.7,2001:db8::/32`. */
export function networks(value: string): Result<readonly Network[], string> {
  const parsed: Network[] = [];
  for (const [index, item] of items(value).entries()) {
    const network = parseNetwork(item);
    if (network === null)
      return err(
        `must be addresses and CIDRs, such as 10.0.0.0/8 or 2001:db8::7, separated by commas: number ${index + 1} is none`,
      );
    parsed.push(network);
  }
  return ok(parsed);
}
