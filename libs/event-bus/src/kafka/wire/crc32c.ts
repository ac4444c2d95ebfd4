/** CRC-32C (Castagnoli, RFC 3720 appendix B.4), reflected. */
const POLYNOMIAL = 0x82f63b78;
const SLICES = 8;

/**
 * Row 0 steps over one byte; row n over the same byte with n more behind it, so that eight bytes
 * are one step (slicing by 8).
 */
const TABLES = buildTables();

function buildTables(): Int32Array {
  const tables = new Int32Array(SLICES * 256);
  for (let byte = 0; byte < 256; byte += 1) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ ((crc & 1) * POLYNOMIAL);
    tables[byte] = crc;
  }
  for (let at = 256; at < tables.length; at += 1) {
    const before = tables[at - 256] ?? 0;
    tables[at] = (before >>> 8) ^ (tables[before & 0xff] ?? 0);
  }
  return tables;
}

const step = (row: number, byte: number): number => TABLES[(row << 8) | byte] ?? 0;

/** The checksum of `bytes` from `start` to before `end`, as an unsigned 32-bit number. */
export function crc32c(bytes: Uint8Array, start: number, end: number): number {
  let crc = -1;
  let at = start;
  for (; at + SLICES <= end; at += SLICES) {
    const b0 = (bytes[at] ?? 0) ^ (crc & 0xff);
    const b1 = (bytes[at + 1] ?? 0) ^ ((crc >>> 8) & 0xff);
    const b2 = (bytes[at + 2] ?? 0) ^ ((crc >>> 16) & 0xff);
    const b3 = (bytes[at + 3] ?? 0) ^ (crc >>> 24);
    const first = step(7, b0) ^ step(6, b1) ^ step(5, b2) ^ step(4, b3);
    const b4 = step(3, bytes[at + 4] ?? 0);
    const b5 = step(2, bytes[at + 5] ?? 0);
    crc = first ^ b4 ^ b5 ^ step(1, bytes[at + 6] ?? 0) ^ step(0, bytes[at + 7] ?? 0);
  }
  for (; at < end; at += 1) crc = step(0, (crc ^ (bytes[at] ?? 0)) & 0xff) ^ (crc >>> 8);
  return (crc ^ -1) >>> 0;
}
