import type { Aedes } from 'aedes';
import { AdoptedStream, type AdoptionOwner } from './adopted-stream.ts';

/**
 * Never read from the wire: the broker is asked by method, so that a filter like `__proto__` is
 * only ever a value.
 */
type Done = (error?: Error | null) => void;

/**
 * The internals of aedes 1.2.0's Client that an adoption relies on; `openBroker` refuses any other
 * version.
 */
export interface ClientInternals {
  id: string;
  clean: boolean;
  version: number;
  connected: boolean;
  connackSent: boolean;
  readonly closed: boolean;
  readonly conn: unknown;
  _authorized: boolean;
  _disconnected: boolean;
  _connectTimer: NodeJS.Timeout | null;
  _parsingBatch: number;
  readonly _parser: { _queue: unknown; parse(bytes: Buffer): unknown };
  subscribe(packet: { subscriptions: { topic: string; qos: 0 | 1 | 2 }[] }, done: Done): void;
  unsubscribe(packet: { unsubscriptions: string[] }, done: Done): void;
  close(done?: () => void): void;
  removeAllListeners(event: string): unknown;
}

export interface BrokerInternals {
  registerClient(client: ClientInternals): void;
}

/** Packets parsed but not worked off above which the socket is not read. */
const BATCH_LIMIT = 64;

/**
 * Puts a session into aedes as an already connected client: it sets what aedes' CONNECT handler
 * would have set (authentication, takeover, keep-alive and will stay ours). The client is named by
 * session id. So an old and a new session of one key never meet in aedes, and the new one need not
 * wait for the asynchronous close of the old one.
 */
export class AdoptedClient {
  readonly #client: ClientInternals;
  readonly #owner: AdoptionOwner;
  readonly #stream: AdoptedStream;

  constructor(broker: Aedes, owner: AdoptionOwner) {
    this.#owner = owner;
    this.#stream = new AdoptedStream(owner);
    // aedes' types speak of the classes that its `handle` is documented with; it only uses what
    // AdoptedStream has.
    const handle = broker.handle as unknown as (stream: AdoptedStream) => ClientInternals;
    this.#client = handle(this.#stream);
    this.#connect(broker as unknown as BrokerInternals);
  }

  /** One whole packet, already checked. */
  take(packet: Buffer): void {
    this.#client._parser.parse(packet);
    if (this.#client._parsingBatch > BATCH_LIMIT) this.#owner.hold();
  }

  subscribe(topic: string, qos: 0 | 1 | 2, done: (ok: boolean) => void): void {
    this.#client.subscribe({ subscriptions: [{ topic, qos }] }, (error) => {
      done(!error);
    });
  }

  unsubscribe(topic: string, done: () => void): void {
    this.#client.unsubscribe({ unsubscriptions: [topic] }, () => {
      done();
    });
  }

  /** Synchronous for its owner; aedes takes its subscriptions out in its own time. */
  close(): void {
    this.#stream.destroyed = true;
    this.#client.close();
  }

  #connect(broker: BrokerInternals): void {
    const client = this.#client;
    // The owner's wheel does deadlines. `_keepaliveInterval` stays -1, so aedes never starts a
    // timer of its own.
    if (client._connectTimer !== null) clearTimeout(client._connectTimer);
    client._connectTimer = null;
    // 1 and [] stand for "the first packet has not been read".
    client._parsingBatch = 0;
    client._parser._queue = null;
    client.id = this.#owner.sessionId;
    client.clean = true;
    client.version = 4;
    client._authorized = true;
    client.connected = true;
    client.connackSent = true;
    client.removeAllListeners('connected');
    const owner = this.#owner;
    Object.defineProperty(client, '_nextId', {
      get: () => owner.freePacketId(),
      set: (id: number) => {
        owner.setNextPacketId(id);
      },
    });
    broker.registerClient(client);
  }
}
