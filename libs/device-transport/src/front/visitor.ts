import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Door } from './door.ts';
import type { Arrival, FrontLimits, TransportLog } from './front.types.ts';
import type { Timed, TimerWheel } from './timer-wheel.ts';

/** What all sockets of one front share. */
export interface FrontContext {
  readonly name: string;
  readonly takes: 'plain' | 'tls' | 'both';
  readonly limits: FrontLimits;
  readonly door: Door;
  readonly wheel: TimerWheel;
  readonly log: TransportLog;
  /** Those that have not arrived. */
  readonly waiting: Set<Visitor>;
  readonly onArrival: (arrival: Arrival) => void;
}

const silent = (): void => undefined;

/** One socket from accept until it has arrived, and what the front counts of it from then on. */
export class Visitor implements Arrival, Timed {
  wheelSlot = -1;
  readonly stream: Duplex;
  readonly transport: 'tcp' | 'tls' = 'tcp';
  readonly pskIdentity: string | null = null;
  first: Buffer | null = null;
  readonly #context: FrontContext;
  readonly #socket: Socket;
  readonly #address: string;
  readonly #port: number;
  readonly #due: number;
  readonly #onData = (chunk: Buffer): void => this.#received(chunk);
  #settled = false;

  constructor(context: FrontContext, socket: Socket, address: string) {
    this.#context = context;
    this.#socket = this.stream = socket;
    this.#address = address;
    this.#port = socket.remotePort ?? 0;
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

  dueTick(): number {
    return this.#due;
  }

  expire(): void {
    this.drop();
  }

  settled(): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#context.door.settled(this.#address);
  }

  /** Ends it before it has arrived. */
  drop(): void {
    this.#waitsNoMore();
    this.settled();
    this.#socket.destroy();
  }

  #received(chunk: Buffer): void {
    this.first = chunk;
    this.#arrive();
  }

  #arrive(): void {
    this.#socket.off('data', this.#onData);
    this.#waitsNoMore();
    this.#context.onArrival(this);
    this.first = null;
  }

  #waitsNoMore(): void {
    this.#context.wheel.remove(this);
    this.#context.waiting.delete(this);
  }

  #gone(): void {
    this.#waitsNoMore();
    this.settled();
    this.#context.door.left();
  }
}
