import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { ClientHello } from './client-hello.codec.ts';

/** A server certificate: its chain, leaf first, and the key of the leaf. */
export interface TlsIdentity {
  readonly certPem: string;
  readonly keyPem: string;
}

/** TLS of all device ports of a process: one identity (or an EC and an RSA one) for all of them. */
export interface TlsDoor {
  /** False: it has no certificate, and who speaks TLS is closed. */
  readonly isOpen: boolean;
  /**
   * New handshakes have these from now on, live sessions stay. Null: the door is shut. Throws
   * PortError `misconfigured`, and keeps what it had, where a key does not fit.
   */
  use(identities: readonly TlsIdentity[] | null): void;
  /** The front's: begins the handshake on a socket whose bytes so far have been put back. */
  secure(socket: Socket, hello: ClientHello): TLSSocket | null;
}
