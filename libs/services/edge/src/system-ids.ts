import { randomBytes, randomFillSync } from 'node:crypto';
import type { Clock, Ids } from '@tallystick/ports';

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
};

const CROCKFORD = '0123456789abcdefghjkmnpqrstvwxyz';
const ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** Random bytes in bulk: one system call for many ids. */
const pool = Buffer.alloc(8_192);
let used = pool.length;

function take(length: number): Buffer {
  if (length > pool.length) return randomBytes(length);
  if (used + length > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const bytes = Buffer.from(pool.subarray(used, used + length));
  pool.fill(0, used, used + length);
  used += length;
  return bytes;
}

let lastMs = 0;
let sequence = 0;

/**
 * Milliseconds and a counter that grows within one (RFC 9562, section 6.2, method 1): ids of one
 * process sort as they were made.
 */
function tick(): { readonly ms: number; readonly count: number } {
  const now = Date.now();
  if (now > lastMs) {
    lastMs = now;
    sequence = take(2).readUInt16BE() & 0x3ff;
  } else if (++sequence > 0xfff) {
    lastMs += 1;
    sequence = 0;
  }
  return { ms: lastMs, count: sequence };
}

function uuid(): string {
  const { ms, count } = tick();
  const head = ms.toString(16).padStart(12, '0');
  const random = take(8);
  random[0] = ((random[0] ?? 0) & 0x3f) | 0x80;
  const tail = random.toString('hex');
  const middle = count.toString(16).padStart(3, '0');
  return `${head.slice(0, 8)}-${head.slice(8)}-7${middle}-${tail.slice(0, 4)}-${tail.slice(4)}`;
}

function crockford(value: number, digits: number): string {
  let text = '';
  for (let rest = value, i = 0; i < digits; i += 1) {
    text = CROCKFORD.charAt(rest % 32) + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}

/** 48 bits of time, 12 of order and 65 of chance. */
function deviceId(): string {
  const { ms, count } = tick();
  let chance = '';
  for (const byte of take(13)) chance += CROCKFORD.charAt(byte & 31);
  return `dv_${crockford(ms, 10)}${crockford(count, 3)}${chance}`;
}

/** Rejection keeps the characters even: 248 is the largest multiple of 62 in a byte. */
function token(length: number): string {
  let text = '';
  while (text.length < length)
    for (const byte of take(length))
      if (byte < 248 && text.length < length) text += ALPHANUMERIC.charAt(byte % 62);
  return text;
}

export const systemIds: Ids = { uuid, deviceId, token, bytes: (length) => take(length) };
