import { createCipheriv, createHmac } from 'node:crypto';
import type { Socket } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { piecemeal } from './piecemeal.ts';

/** A KeyUpdate that asks for one in return (RFC 8446 4.6.3), and the inner type of its record. */
const KEY_UPDATE = Buffer.of(24, 0, 0, 1, 1, 22);
const TAG_BYTES = 16;
const RECORD = Buffer.of(0x17, 3, 3, 0, KEY_UPDATE.length + TAG_BYTES);

/** HKDF-Expand-Label of one block (RFC 8446 7.1). */
function expand(secret: Buffer, label: string, length: number): Buffer {
  const full = Buffer.from(`tls13 ${label}`);
  const info = Buffer.concat([Buffer.of(0, length, full.length), full, Buffer.of(0, 1)]);
  return createHmac('sha256', secret).update(info).digest().subarray(0, length);
}

/**
 * A TLS 1.3 client that says nothing but updates of its keys, which no client library lets one
 * send: it seals the records itself. `send` of the library must not be used.
 */
export class KeyUpdater {
  readonly tls: TLSSocket;
  readonly #socket: Socket;
  #secret: Buffer | null = null;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.tls = connect({
      ...{ socket: piecemeal(socket, (chunk) => [chunk]), rejectUnauthorized: false },
      ...{ ciphers: 'TLS_AES_128_GCM_SHA256', minVersion: 'TLSv1.3' },
    });
    this.tls.on('error', () => undefined);
    this.tls.on('keylog', (line: Buffer) => {
      const [label, , secret = ''] = line.toString('latin1').trim().split(' ');
      if (label === 'CLIENT_TRAFFIC_SECRET_0') this.#secret = Buffer.from(secret, 'hex');
    });
  }

  send(count: number): void {
    let secret = this.#secret;
    if (secret === null) throw new Error('the handshake is not over');
    const records: Buffer[] = [];
    for (let i = 0; i < count; i += 1) {
      // Each is the first record under its keys, so the nonce is the bare IV.
      const [key, iv] = [expand(secret, 'key', 16), expand(secret, 'iv', 12)];
      const cipher = createCipheriv('aes-128-gcm', key, iv).setAAD(RECORD);
      records.push(RECORD, cipher.update(KEY_UPDATE), cipher.final(), cipher.getAuthTag());
      secret = expand(secret, 'traffic upd', 32);
    }
    this.#secret = secret;
    this.#socket.write(Buffer.concat(records));
  }
}
