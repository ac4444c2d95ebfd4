/** A header of PROXY protocol version 2 around the block of addresses and TLVs. */
export function proxyV2(command: number, family: number, block: Buffer): Buffer {
  const head = Buffer.from('0d0a0d0a000d0a515549540a00000000', 'hex');
  head[12] = command;
  head[13] = family;
  head.writeUInt16BE(block.length, 14);
  return Buffer.concat([head, block]);
}
