import { BlockList, isIP } from 'node:net';

/** An address, or all that share its first bits. */
export interface ProxyNetwork {
  readonly family: 'ipv4' | 'ipv6';
  readonly address: string;
  readonly prefix: number;
}

/** Tells who is a proxy by the address as the socket has it; `::ffff:1.2.3.4` is 1.2.3.4. */
export function proxiesOf(networks: readonly ProxyNetwork[]): (address: string) => boolean {
  if (networks.length === 0) return () => false;
  const list = new BlockList();
  for (const { address, prefix, family } of networks) list.addSubnet(address, prefix, family);
  return (address) => {
    const bare = address.replace(/^::ffff:(?=\d+\.)/i, '');
    return list.check(bare, isIP(bare) === 6 ? 'ipv6' : 'ipv4');
  };
}
