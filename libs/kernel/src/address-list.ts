import { BlockList, isIP } from 'node:net';
import { err, ok, type Result } from './result.ts';

const BITS = { ipv4: 32, ipv6: 128 } as const;
const MAPPED_IPV4 = /^::ffff:(?=\d+\.)/i;

/** Addresses and networks of peers that are treated otherwise than the rest, as proxies are. */
export interface AddressList {
  /** With or without the brackets of an IPv6 address; `::ffff:1.2.3.4` is 1.2.3.4. */
  includes(address: string): boolean;
}

/** Nobody. */
export const NO_ADDRESSES: AddressList = { includes: () => false };

const bareOf = (address: string): string =>
  address.replace(/^\[|\]$/g, '').replace(MAPPED_IPV4, '');

function familyOf(address: string): 'ipv4' | 'ipv6' | null {
  const version = isIP(address);
  if (version === 0) return null;
  return version === 4 ? 'ipv4' : 'ipv6';
}

/** False: the text is neither an address nor a network. */
function add(list: BlockList, text: string): boolean {
  const [, address = '', prefix] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const family = familyOf(address);
  if (family === null) return false;
  const bits = prefix === undefined ? BITS[family] : Number(prefix);
  if (bits > BITS[family]) return false;
  list.addSubnet(address, bits, family);
  return true;
}

/** Addresses and CIDRs, with commas between them; the error is the entry that is none. */
export function parseAddressList(text: string): Result<AddressList, string> {
  const list = new BlockList();
  const entries = text.split(',').map((entry) => entry.trim());
  for (const entry of entries) if (entry !== '' && !add(list, entry)) return err(entry);
  return ok({
    includes: (address) => {
      const bare = bareOf(address);
      const family = familyOf(bare);
      return family !== null && list.check(bare, family);
    },
  });
}
