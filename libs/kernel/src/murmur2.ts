const SEED = 0x9747b28c;
const M = 0x5bd1e995;

/**
 * The 32-bit murmur2 of Kafka's Java client (org.apache.kafka.common.utils.Utils.murmur2), signed.
 */
export function murmur2(data: Uint8Array): number {
  const length = data.length;
  let h = SEED ^ length;
  const words = length >> 2;
  for (let i = 0; i < words; i += 1) {
    const at = i * 4;
    let k =
      (data[at] ?? 0) |
      ((data[at + 1] ?? 0) << 8) |
      ((data[at + 2] ?? 0) << 16) |
      ((data[at + 3] ?? 0) << 24);
    k = Math.imul(k, M);
    k ^= k >>> 24;
    k = Math.imul(k, M);
    h = Math.imul(h, M) ^ k;
  }
  const tail = length & ~3;
  const rest = length & 3;
  if (rest >= 3) h ^= (data[tail + 2] ?? 0) << 16;
  if (rest >= 2) h ^= (data[tail + 1] ?? 0) << 8;
  if (rest >= 1) h = Math.imul(h ^ (data[tail] ?? 0), M);
  h ^= h >>> 13;
  h = Math.imul(h, M);
  h ^= h >>> 15;
  return h | 0;
}

const utf8 = new TextEncoder();
/** Record keys are of ASCII and shorter, whatever a name may be made of. */
const scratch = new Uint8Array(512);

/**
 * UTF-8, good until the next call: a login asks twice, and the encoder costs more than the hash.
 */
function bytesOf(key: string): Uint8Array {
  if (key.length > scratch.length) return utf8.encode(key);
  for (let at = 0; at < key.length; at += 1) {
    const code = key.charCodeAt(at);
    if (code > 127) return utf8.encode(key);
    scratch[at] = code;
  }
  return scratch.subarray(0, key.length);
}

/**
 * The partition in which Kafka's own clients put a key: murmur2 without its sign, modulo the count.
 */
export function partitionOf(key: string, partitions: number): number {
  return (murmur2(bytesOf(key)) & 0x7fffffff) % partitions;
}
