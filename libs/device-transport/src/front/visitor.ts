import type { Socket } from 'node:net';
import type { OncePerMinute } from '@tallystick/kernel';
import { readClientHello, TLS_HANDSHAKE, type ClientHello } from './client-hello.codec.ts';
import type { Door, TurnedAway } from './door.ts';
import type { Arrival, FrontLimits } from './front.types.ts';
import type { Guest } from './guest.ts';
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

/** Reads a socket from accept until it has arrived. */
export class Visitor implements Timed {
  wheelSlot = -1;
  readonly #context: FrontContext;
  readonly #socket: Socket;
  readonly #guest: Guest;
  readonly #due: number;
  readonly #onData = (chunk: Buffer): void => this.#received(chunk);
  #held: ReadBuffer | null = null;

  constructor(context: FrontContext, socket: Socket, guest: Guest) {
    this.#context = context;
    this.#socket = socket;
    this.#guest = guest;
    const { wheel, limits, waiting } = context;
    this.#due = wheel.now + wheel.ticks(limits.arrivalSeconds * 1000);
    wheel.add(this);
    waiting.add(this);
    guest.onGone = () => this.#waitsNoMore();
    socket.on('data', this.#onData);
    socket.on('error', silent);
  }

  dueTick(): number {
    return this.#due;
  }

  expire(): void {
    this.drop();
  }

  /** Ends it before it has arrived. */
  drop(): void {
    this.#waitsNoMore();
    this.#guest.settled();
    this.#guest.stream.destroy();
  }

  #received(chunk: Buffer): void {
    const bytes = this.#joined(chunk);
    if (this.#guest.isNamed) return this.#recognize(bytes);
    const header = readProxyHeader(bytes);
    if (header === 'more') return this.#keep(bytes);
    if (header === 'malformed') return this.#noProxy();
    if (!this.#guest.named(header.client)) return this.#tooMany();
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
    const { address } = this.#guest;
    if (noProxy.due(wheel.now * wheel.tickMs))
      log.warn({ listener: name, address }, 'a listed proxy sent no PROXY header');
    this.drop();
  }

  #tooMany(): void {
    const { address } = this.#guest;
    this.drop();
    this.#context.onTurnedAway({ address, limit: 'maxHalfOpenPerAddress' });
  }

  #recognize(bytes: Buffer): void {
    const { takes } = this.#context;
    const isTls = bytes[0] === TLS_HANDSHAKE;
    if (takes === 'plain' || (takes === 'both' && !isTls)) return this.#arrivePlain(bytes);
    if (!isTls) return this.drop();
    const hello = readClientHello(bytes);
    if (hello === 'more') return this.#keep(bytes);
    // What is malformed gets the alert of the library.
    this.#handshake(bytes, hello === 'malformed' ? { onlyPsk: false } : hello);
  }

  #arrivePlain(bytes: Buffer): void {
    this.#socket.off('data', this.#onData);
    this.#guest.first = bytes;
    this.#arrive();
  }

  #handshake(bytes: Buffer, hello: ClientHello): void {
    const socket = this.#socket;
    const guest = this.#guest;
    this.#held = null;
    socket.off('data', this.#onData);
    socket.pause();
    socket.unshift(bytes);
    const { tls, wheel, log } = this.#context;
    const stream = tls?.begin(socket, hello, (secured, pskIdentity) => {
      guest.pskIdentity = pskIdentity;
      this.#arrive();
      const watch = new TlsWatch(wheel, socket, secured, log);
      guest.onGone = () => watch.stop();
    });
    if (stream == null) return this.drop();
    guest.stream = stream;
    guest.transport = 'tls';
  }

  #arrive(): void {
    this.#waitsNoMore();
    this.#context.onArrival(this.#guest);
    this.#guest.forget();
  }

  #waitsNoMore(): void {
    this.#context.wheel.remove(this);
    this.#context.waiting.delete(this);
  }
}
