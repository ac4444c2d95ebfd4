const MAPPED = '::ffff:';

/**
 * `::ffff:1.2.3.4` is 1.2.3.4; an IPv6 address is bracketed, so that the port can be told apart.
 */
export function toHost(address: string): string {
  if (address.startsWith(MAPPED) && address.includes('.')) return address.slice(MAPPED.length);
  return address.includes(':') ? `[${address}]` : address;
}
