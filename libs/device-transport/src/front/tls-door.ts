import { constants, createPrivateKey, randomBytes, X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import { createSecureContext, TLSSocket, type SecureContext } from 'node:tls';
import { PortError } from '@tallystick/kernel';
import type { ClientHello } from './client-hello.codec.ts';
import type { TransportLog } from './transport-log.ts';

/** A server certificate: its chain, leaf first, and the key of the leaf. */
export interface TlsIdentity {
  readonly certPem: string;
  readonly keyPem: string;
}

export interface TlsDoorOptions {
  /** One, or an EC and an RSA one. Null: the door is shut until `use`. */
  readonly identities: readonly TlsIdentity[] | null;
  /**
   * The pre-shared key of an identity, which is not proven yet. An unknown one is given a key of
   * chance, so that it looks like a known one with a wrong key.
   */
  readonly pskOf: (identity: string) => Uint8Array;
  readonly log: TransportLog;
}

/** TLS of all device ports of a process. */
export interface TlsDoor {
  /** False: it has no certificate, and who speaks TLS is closed. */
  readonly isOpen: boolean;
  /**
   * New handshakes have these from now on, live sessions stay. Null: the door is shut. Throws
   * PortError `misconfigured`, and keeps what it had, where one cannot be used.
   */
  use(identities: readonly TlsIdentity[] | null): void;
  /**
   * The front's: begins the handshake on a socket whose bytes so far have been put back, and says
   * when it is over and which TLS-PSK identity it has proven. Where it fails the stream is
   * destroyed. Null: the door is shut.
   */
  begin(
    socket: Socket,
    hello: ClientHello,
    secured: (stream: TLSSocket, pskIdentity: string | null) => void,
  ): TLSSocket | null;
}

/** Whoever was here before proves itself again, and nobody negotiates twice. */
const ONCE = constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION;

/**
 * Link SDK 4's: the suite is too weak for OpenSSL's levels above 0, so this context serves those
 * alone who offer nothing else.
 */
const PSK_ONLY = {
  ciphers: 'PSK-AES128-CBC-SHA:@SECLEVEL=0',
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.2',
  secureOptions: ONCE,
} as const;

/** OpenSSL takes no longer one, and Node would throw where nobody can catch. */
const MAX_PSK_BYTES = 256;

/**
 * A client certificate is asked for, and nobody's word is taken for it: no list of CAs is sent
 * (many devices send no certificate where their CA is not on it) and none is trusted here.
 */
const HANDSHAKE = {
  isServer: true,
  requestCert: true,
  rejectUnauthorized: false,
  ALPNProtocols: ['mqtt', 'x-amzn-mqtt-ca', 'http/1.1'],
};

function contextOf(identities: readonly TlsIdentity[]): SecureContext {
  try {
    for (const { certPem, keyPem } of identities) {
      const leaf = new X509Certificate(certPem);
      if (!leaf.checkPrivateKey(createPrivateKey(keyPem)))
        throw new Error('the key is not the one of the first certificate');
    }
    return createSecureContext({
      cert: identities.map(({ certPem }) => certPem),
      key: identities.map(({ keyPem }) => keyPem),
      ca: [],
      minVersion: 'TLSv1.2',
      secureOptions: ONCE,
    });
  } catch (cause) {
    throw new PortError('misconfigured', 'a TLS certificate cannot be used', { cause });
  }
}

class OpenSslDoor implements TlsDoor {
  readonly #pskOf: (identity: string) => Uint8Array;
  readonly #log: TransportLog;
  readonly #psk = createSecureContext(PSK_ONLY);
  #context: SecureContext | null = null;

  constructor({ identities, pskOf, log }: TlsDoorOptions) {
    this.#pskOf = pskOf;
    this.#log = log;
    this.use(identities);
  }

  get isOpen(): boolean {
    return this.#context !== null;
  }

  use(identities: readonly TlsIdentity[] | null): void {
    this.#context = identities === null ? null : contextOf(identities);
  }

  begin(
    socket: Socket,
    hello: ClientHello,
    secured: (stream: TLSSocket, pskIdentity: string | null) => void,
  ): TLSSocket | null {
    if (this.#context === null) return null;
    let identity: string | null = null;
    const options = hello.onlyPsk
      ? {
          isServer: true,
          secureContext: this.#psk,
          pskCallback: (_: TLSSocket, said: string) => this.#keyOf((identity = said)),
        }
      : { ...HANDSHAKE, secureContext: this.#context };
    const stream = new TLSSocket(socket, options);
    // Node tells of errors by `_tlsError` alone where no tls.Server is; and neither then nor by
    // `error` does it destroy a stream whose handshake is over.
    stream.on('_tlsError', (error: Error) => this.#failed(stream, error));
    stream.on('error', (error: Error) => this.#failed(stream, error));
    stream.once('secure', () => secured(stream, identity));
    return stream;
  }

  /** No getter of the stream may be asked here: after a failed handshake some end the process. */
  #failed(stream: TLSSocket, error: Error & { readonly code?: string }): void {
    if (stream.destroyed) return;
    this.#log.debug({ code: error.code }, 'a TLS connection failed');
    stream.destroy();
  }

  #keyOf(identity: string): Uint8Array {
    try {
      const key = this.#pskOf(identity);
      if (key.length > 0 && key.length <= MAX_PSK_BYTES) return key;
      throw new RangeError(`a pre-shared key of ${String(key.length)} bytes`);
    } catch (err) {
      this.#log.warn({ err }, 'a pre-shared key could not be looked up');
      return randomBytes(MAX_PSK_BYTES / 4);
    }
  }
}

export function createTlsDoor(options: TlsDoorOptions): TlsDoor {
  return new OpenSslDoor(options);
}
