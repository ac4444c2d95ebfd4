import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { OncePerMinute } from '@tallystick/kernel';
import { readClientHello, TLS_HANDSHAKE } from './client-hello.codec.ts';
import type { Door, TurnedAway } from './door.ts';
import type { Arrival, FrontLimits } from './front.types.ts';
import { readProxyHeader } from './proxy-header.codec.ts';
import { ReadBuffer } from './read-buffer.ts';
import type { Timed, TimerWheel } from './timer-wheel.ts';
import type { TlsDoor } from './tls-door.ts';
import { TlsWatch } from './tls-watch.ts';
import type { TransportLog } from './transport-log.ts';

/** What all sockets of one front share. */
export interface FrontContext {
  readonly name: string;
  readonly takes: 'plain' | 'tls' | 'both';
  readonly tls: TlsDoor | null;
  readonly limits: FrontLimits;
  readonly door: Door;
  readonly wheel: TimerWheel;
  readonly log: TransportLog;
  /** A proxy that sends no header does so with every connection. */
  readonly noProxy: OncePerMinute;
  /** Those that have not arrived. */
  readonly waiting: Set<Visitor>;
  readonly onArrival: (arrival: Arrival) => void;
  readonly onTurnedAway: (socket: TurnedAway) => void;
}

/** What may be read before it is known what it is: a proxy's header and a ClientHello. */
const MAX_PEEK = 16_384;

const silent = (): void => undefined;

/** One socket from accept until it has arrived, and what the front counts of it from then on. */
export class Visitor implements Arrival, Timed {
  wheelSlot = -1;
  stream: Duplex;
  pskIdentity: string | null = null;
  first: Buffer | null = null;
  readonly #context: FrontContext;
  readonly #socket: Socket;
  readonly #due: number;
  readonly #onData = (chunk: Buffer): void => this.#received(chunk);
  #address: string;
  #port: number;
  /** A proxy has still to say whose socket this is; until then it counts for no address. */
  #proxied: boolean;
  #held: ReadBuffer | null = null;
  #watch: TlsWatch | null = null;
  #settled = false;

  constructor(context: FrontContext, socket: Socket, address: string, proxied: boolean) {
    this.#context = context;
    this.#socket = this.stream = socket;
    this.#address = address;
    this.#port = socket.remotePort ?? 0;
    this.#proxied = proxied;
    const { wheel, limits, waiting } = context;
    this.#due = wheel.now + wheel.ticks(limits.arrivalSeconds * 1000);
    wheel.add(this);
    waiting.add(this);
    socket.on('data', this.#onData);
    socket.on('error', silent);
    socket.on('close', () => this.#gone());
  }

  get remoteAddress(): string {
    return `${this.#address}:${String(this.#port)}`;
  }

  get transport(): 'tcp' | 'tls' {
    return this.stream === this.#socket ? 'tcp' : 'tls';
  }

  dueTick(): number {
    return this.#due;
  }

  expire(): void {
    this.drop();
  }

  settled(): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#context.door.settled(this.#proxied ? null : this.#address);
  }

  /** Ends it before it has arrived. */
  drop(): void {
    this.#waitsNoMore();
    this.settled();
    this.#held = null;
    this.stream.destroy();
  }

  #received(chunk: Buffer): void {
    const bytes = this.#joined(chunk);
    if (!this.#proxied) return this.#recognize(bytes);
    const header = readProxyHeader(bytes);
    if (header === 'more') return this.#keep(bytes);
    if (header === 'malformed') return this.#noProxy();
    if (!this.#isNow(header.client)) return;
    this.#held = null;
    if (bytes.length > header.used) this.#recognize(bytes.subarray(header.used));
  }

  #joined(chunk: Buffer): Buffer {
    if (this.#held === null) return chunk;
    this.#held.push(chunk);
    return this.#held.look() ?? chunk;
  }

  /** What is not whole yet. */
  #keep(bytes: Buffer): void {
    if (bytes.length > MAX_PEEK) return this.drop();
    if (this.#held !== null) return;
    this.#held = new ReadBuffer();
    this.#held.push(bytes);
  }

  #noProxy(): void {
    const { log, name, noProxy, wheel } = this.#context;
    if (noProxy.due(wheel.now * wheel.tickMs))
      log.warn({ listener: name, address: this.#address }, 'a listed proxy sent no PROXY header');
    this.drop();
  }

  /** Counts it for the address that the proxy tells. False: there are too many of that one. */
  #isNow(client: { readonly address: string; readonly port: number } | null): boolean {
    const address = client?.address ?? this.#address;
    if (!this.#context.door.named(address)) {
      this.drop();
      this.#context.onTurnedAway({ address, limit: 'maxHalfOpenPerAddress' });
      return false;
    }
    this.#address = address;
    this.#port = client?.port ?? this.#port;
    this.#proxied = false;
    return true;
  }

  #recognize(bytes: Buffer): void {
    const { takes } = this.#context;
    const isTls = bytes[0] === TLS_HANDSHAKE;
    if (takes === 'plain' || (takes === 'both' && !isTls)) return this.#arrive(bytes);
    if (!isTls) return this.drop();
    const hello = readClientHello(bytes);
    if (hello === 'more') return this.#keep(bytes);
    // What is malformed gets the alert of the library.
    this.#handshake(bytes, hello === 'malformed' ? { onlyPsk: false } : hello);
  }

  #handshake(bytes: Buffer, hello: { readonly onlyPsk: boolean }): void {
    const socket = this.#socket;
    this.#held = null;
    socket.off('data', this.#onData);
    socket.pause();
    socket.unshift(bytes);
    const { tls, wheel, log } = this.#context;
    const stream = tls?.begin(socket, hello, (secured, pskIdentity) => {
      this.pskIdentity = pskIdentity;
      this.#watch = new TlsWatch(wheel, socket, secured, log);
      this.#arrive(null);
    });
    if (stream == null) return this.drop();
    this.stream = stream;
  }

  #arrive(first: Buffer | null): void {
    this.#socket.off('data', this.#onData);
    this.#held = null;
    this.#waitsNoMore();
    this.first = first;
    this.#context.onArrival(this);
    this.first = null;
  }

  #waitsNoMore(): void {
    this.#context.wheel.remove(this);
    this.#context.waiting.delete(this);
  }

  #gone(): void {
    this.#waitsNoMore();
    this.#watch?.stop();
    this.settled();
    this.#context.door.left();
  }
}
