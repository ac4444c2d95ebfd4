import { isIPv4, isIPv6, SocketAddress } from 'node:net';
import { toHost } from './address.ts';

export interface ProxyHeader {
  /** How many bytes it takes. */
  readonly used: number;
  /** Null: the connection is the proxy's own, or it does not know whose it is. */
  readonly client: { readonly address: string; readonly port: number } | null;
}

type Reading = ProxyHeader | 'more' | 'malformed';

/** The longest line of version 1, its CRLF included. */
const MAX_V1 = 107;
const MAX_PORT = 65_535;
const V1_START = Buffer.from('PROXY ');
const V2_START = Buffer.from('\r\n\r\n\0\r\nQUIT\n');
const V2_HEADER = 16;
/** TLVs may hold a client's certificate; what is longer than this is no proxy we know. */
const MAX_V2 = 16_384;

/** PROXY protocol, version 1 or 2 (haproxy.org, proxy-protocol.txt). */
export function readProxyHeader(bytes: Buffer): Reading {
  if (begins(bytes, V2_START)) return readV2(bytes);
  return begins(bytes, V1_START) ? readV1(bytes) : 'malformed';
}

/** As far as both reach. */
function begins(bytes: Buffer, start: Buffer): boolean {
  const length = Math.min(bytes.length, start.length);
  return bytes.subarray(0, length).equals(start.subarray(0, length));
}

/** `PROXY TCP4 <source> <destination> <source port> <destination port>`, or `PROXY UNKNOWN …`. */
const V1_LINE =
  /^PROXY (?:UNKNOWN(?: [\x20-\x7e]*)?|(TCP[46]) ([\w.:]+) ([\w.:]+) (\d{1,5}) (\d{1,5}))$/;

function readV1(bytes: Buffer): Reading {
  const end = bytes.subarray(0, MAX_V1).indexOf('\r\n');
  if (end < 0) return bytes.length < MAX_V1 ? 'more' : 'malformed';
  const line = V1_LINE.exec(bytes.toString('latin1', 0, end));
  if (line === null) return 'malformed';
  const [, family = null, ...fields] = line;
  const client = family === null ? null : clientOf(family, fields);
  return client === 'malformed' ? client : { used: end + 2, client };
}

function clientOf(family: string, fields: readonly string[]): ProxyHeader['client'] | 'malformed' {
  const [source = '', destination = '', port = '', toPort = ''] = fields;
  const isAddress = family === 'TCP4' ? isIPv4 : isIPv6;
  if (!isAddress(source) || !isAddress(destination)) return 'malformed';
  if (Number(port) > MAX_PORT || Number(toPort) > MAX_PORT) return 'malformed';
  return { address: hostOf(source), port: Number(port) };
}

/**
 * 12 bytes of signature, version and command, family and protocol, length of what follows:
 * source and destination address, their ports, then TLVs, which are skipped.
 */
function readV2(bytes: Buffer): Reading {
  if (bytes.length < V2_HEADER) return 'more';
  const [command, family] = [bytes.readUInt8(12), bytes.readUInt8(13)];
  const length = bytes.readUInt16BE(14);
  const used = V2_HEADER + length;
  if ((command !== 0x20 && command !== 0x21) || used > MAX_V2) return 'malformed';
  if (bytes.length < used) return 'more';
  // LOCAL: the proxy itself asks how we are. Its addresses must be ignored.
  if (command === 0x20) return { used, client: null };
  const client = sourceOf(family, bytes.subarray(V2_HEADER, used));
  return client === 'malformed' ? client : { used, client };
}

function sourceOf(family: number, block: Buffer): ProxyHeader['client'] | 'malformed' {
  switch (family) {
    case 0x00: // unspecified
    case 0x31: // a UNIX socket of the proxy's
      return null;
    case 0x11: {
      if (block.length < 12) return 'malformed';
      return { address: block.subarray(0, 4).join('.'), port: block.readUInt16BE(8) };
    }
    case 0x21: {
      if (block.length < 36) return 'malformed';
      const groups = Array.from({ length: 8 }, (_, i) => block.readUInt16BE(i * 2).toString(16));
      return { address: hostOf(groups.join(':')), port: block.readUInt16BE(32) };
    }
    default: // datagrams, and what is not given out yet
      return 'malformed';
  }
}

/** Spelt as a socket would spell it. */
function hostOf(address: string): string {
  if (isIPv4(address)) return address;
  return toHost(new SocketAddress({ address, family: 'ipv6' }).address);
}
