/** What decides which server answers a ClientHello. */
export interface ClientHello {
  /** It offers TLS_PSK_WITH_AES_128_CBC_SHA and no other suite. */
  readonly onlyPsk: boolean;
}

/** The first byte of everything that speaks TLS: a record of the handshake protocol. */
export const TLS_HANDSHAKE = 0x16;

const CLIENT_HELLO = 1;
const RECORD_HEADER = 5;
/** RFC 8446 5.1: the longest record in clear. */
const MAX_FRAGMENT = 16_384;
/** Type and length of a handshake message. */
const MESSAGE_HEADER = 4;
/** Behind legacy_version and random. */
const SESSION_ID_AT = 2 + 32;
const MAX_SESSION_ID = 32;

const PSK_WITH_AES_128_CBC_SHA = 0x008c;
/** They are signals and no suites: TLS_EMPTY_RENEGOTIATION_INFO_SCSV and TLS_FALLBACK_SCSV. */
const SIGNALS: ReadonlySet<number> = new Set([0x00ff, 0x5600]);

/**
 * Reads a ClientHello as far as its cipher suites; all else is the TLS library's to judge. It may
 * lie over many records (RFC 8446 5.1: type, version, length, fragment):
 *
 *     16 03 xx LL LL | 01 LL LL LL  03 03  random[32]  1+session_id  2+cipher_suites  …
 */
export function readClientHello(bytes: Buffer): ClientHello | 'more' | 'malformed' {
  const { message, broken } = handshakeOf(bytes);
  const hello = helloIn(message);
  // What comes behind the suites is not looked at, whatever it is.
  return hello === 'more' && broken ? 'malformed' : hello;
}

function helloIn(message: Buffer): ClientHello | 'more' | 'malformed' {
  if (message.length > 0 && message[0] !== CLIENT_HELLO) return 'malformed';
  if (message.length < MESSAGE_HEADER) return 'more';
  const suites = suitesOf(message.subarray(MESSAGE_HEADER), message.readUIntBE(1, 3));
  return typeof suites === 'string' ? suites : helloOf(suites);
}

/** `length`: what the whole body has, of which a part may be here. */
function suitesOf(body: Buffer, length: number): Buffer | 'more' | 'malformed' {
  const absent = (end: number): 'more' | 'malformed' => (end > length ? 'malformed' : 'more');
  const sessionId = body[SESSION_ID_AT];
  if (sessionId === undefined) return absent(SESSION_ID_AT + 1);
  if (sessionId > MAX_SESSION_ID) return 'malformed';
  const suitesAt = SESSION_ID_AT + 1 + sessionId + 2;
  if (body.length < suitesAt) return absent(suitesAt);
  const bytes = body.readUInt16BE(suitesAt - 2);
  if (bytes === 0 || bytes % 2 === 1) return 'malformed';
  return body.length < suitesAt + bytes
    ? absent(suitesAt + bytes)
    : body.subarray(suitesAt, suitesAt + bytes);
}

function helloOf(suites: Buffer): ClientHello {
  let psk = 0;
  for (let at = 0; at < suites.length; at += 2) {
    const suite = suites.readUInt16BE(at);
    if (SIGNALS.has(suite)) continue;
    if (suite !== PSK_WITH_AES_128_CBC_SHA) return { onlyPsk: false };
    psk += 1;
  }
  return { onlyPsk: psk > 0 };
}

/** The fragments of all records that are here, the last as far as it has come; broken: no more. */
function handshakeOf(bytes: Buffer): { readonly message: Buffer; readonly broken: boolean } {
  const fragments: Buffer[] = [];
  let broken = false;
  for (let at = 0; at < bytes.length;) {
    const length = fragmentLength(bytes, at);
    broken = length === 'malformed';
    if (typeof length === 'string') break;
    fragments.push(bytes.subarray(at + RECORD_HEADER, at + RECORD_HEADER + length));
    at += RECORD_HEADER + length;
  }
  const [only] = fragments;
  const alone = fragments.length === 1 && only !== undefined;
  return { message: alone ? only : Buffer.concat(fragments), broken };
}

function fragmentLength(bytes: Buffer, at: number): number | 'more' | 'malformed' {
  if (bytes[at] !== TLS_HANDSHAKE || (bytes[at + 1] ?? 3) !== 3) return 'malformed';
  if (bytes.length < at + RECORD_HEADER) return 'more';
  const length = bytes.readUInt16BE(at + 3);
  // An empty fragment is not allowed, and would be a record for nothing.
  return length === 0 || length > MAX_FRAGMENT ? 'malformed' : length;
}
