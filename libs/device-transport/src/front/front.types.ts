import type { Duplex } from 'node:stream';
import type { Door, DoorLimits, TurnedAway } from './door.ts';
import type { ProxyNetwork } from './proxy-networks.ts';
import type { TlsDoor } from './tls-door.ts';
import type { TransportLog } from './transport-log.ts';

export interface FrontLimits extends DoorLimits {
  /**
   * From accept to an arrival: the header of a proxy, the first byte, the whole TLS handshake,
   * however much is sent meanwhile.
   */
  readonly arrivalSeconds: number;
}

/**
 * Somebody whose bytes can be read: past the limits of addresses, past a proxy's header, past the
 * TLS handshake. It has until the front is told `settled`; how long, is for its owner to say.
 */
export interface Arrival {
  /** Flows from the first `data` listener on. Errors on it must be listened to, and destroy it. */
  readonly stream: Duplex;
  /** The client's `ip:port`, a proxy's word for it if one was to give it. IPv6: in brackets. */
  readonly remoteAddress: string;
  readonly transport: 'tcp' | 'tls';
  /** The TLS-PSK identity that the handshake has proven; null: none. */
  readonly pskIdentity: string | null;
  /** What was read already: it comes before all that the stream still gives. Null: nothing. */
  readonly first: Buffer | null;
  /**
   * It was let in, or will never be: it counts as half open no longer. May be called again; a
   * stream that closes settles by itself.
   */
  settled(): void;
}

export interface FrontOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly name: string;
  /** What is served by the first byte: 0x16 is TLS. `plain`: TLS bytes are handed on as any. */
  readonly takes: 'plain' | 'tls' | 'both';
  /** Null: who speaks TLS is closed. */
  readonly tls?: TlsDoor | null;
  /** Who must send PROXY protocol v1 or v2; from anybody else it is bytes as any. */
  readonly proxyFrom?: readonly ProxyNetwork[];
  readonly limits: FrontLimits;
  /** One that several fronts share: then its bounds hold over all of them, and not those here. */
  readonly door?: Door;
  /** Resolution of the deadline; a second unless a test is in a hurry. */
  readonly tickMs?: number;
  /** Called in the tick in which the bytes came: attach `data` before it returns. */
  readonly onArrival: (arrival: Arrival) => void;
  /** Called for each socket that a limit keeps out: often, when somebody floods. */
  readonly onTurnedAway?: (socket: TurnedAway) => void;
  readonly log: TransportLog;
}

export interface Front {
  /** The port it listens on (the real one where 0 was asked). */
  readonly port: number;
  /** Sockets that are open, and how many of them are not settled; of all who share the door. */
  readonly counts: { readonly open: number; readonly halfOpen: number };
  /**
   * Stops accepting and closes who has not arrived, before it returns; resolves when every socket
   * is gone. Arrivals are their owner's to close.
   */
  close(): Promise<void>;
}
