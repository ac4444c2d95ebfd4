/** `::ffff:0:0/96` holds IPv4's addresses: `::ffff:1.2.3.4`, or as two groups of hex. */
const MAPPED = /^(?:0*:){2,5}ffff:(?:(\d{1,3}(?:\.\d{1,3}){3})|([0-9a-f]{1,4}):([0-9a-f]{1,4}))$/;
const GROUPS = 8;
/** Groups of 16 bits that make a /64. */
const OF_NETWORK = 4;

/**
 * The network that limits count connections by: an IPv4 address as it is; the first 64 bits of an
 * IPv6 address, because one customer usually owns all of such a network. Takes the address with or
 * without brackets; text that is no address is returned as it is.
 */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address;
  const [bare = ''] = address
    .replace(/^\[|\]$/g, '')
    .toLowerCase()
    .split('%');
  const [, dotted, high, low] = MAPPED.exec(bare) ?? [];
  if (dotted !== undefined) return dotted;
  if (high !== undefined && low !== undefined) return toIpv4(high, low);
  const first = groupsOf(bare).slice(0, OF_NETWORK);
  return `${first.map((group) => group.replace(/^0+(?=.)/, '')).join(':')}::/64`;
}

/** `::` stands for as many groups of zeros as are missing. */
function groupsOf(address: string): readonly string[] {
  const [head = '', tail] = address.split('::');
  const before = head === '' ? [] : head.split(':');
  if (tail === undefined) return before;
  // The last 32 bits may be written as in IPv4.
  const behind = tail === '' ? [] : tail.replace(/\d+(\.\d+){3}$/, '0:0').split(':');
  const zeros = Math.max(0, GROUPS - before.length - behind.length);
  return [...before, ...Array<string>(zeros).fill('0'), ...behind];
}

function toIpv4(high: string, low: string): string {
  const [a, b] = [parseInt(high, 16), parseInt(low, 16)];
  return [a >> 8, a & 255, b >> 8, b & 255].join('.');
}
