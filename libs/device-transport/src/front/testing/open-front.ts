import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { waitUntil } from '../../mqtt/testing/wait-until.ts';
import type { TurnedAway } from '../door.ts';
import { DEFAULT_FRONT_LIMITS } from '../front-limits.ts';
import { createFront } from '../front.ts';
import type { Arrival, Front, FrontLimits, FrontOptions } from '../front.types.ts';

export interface EchoFront {
  readonly front: Front;
  readonly arrivals: Arrival[];
  readonly turnedAway: TurnedAway[];
  /** Messages that were logged as a warning or for debugging, with their fields. */
  readonly logged: { readonly message: string; readonly fields: object }[];
}

type Options = Partial<Omit<FrontOptions, 'limits'>> & { readonly limits?: Partial<FrontLimits> };

/** A front on a free port whose arrivals settle at once and get back what they send. */
export async function openFront(options: Options = {}): Promise<EchoFront> {
  const arrivals: Arrival[] = [];
  const turnedAway: TurnedAway[] = [];
  const logged: EchoFront['logged'] = [];
  const log = (fields: object, message: string): void => void logged.push({ message, fields });
  const front = await createFront({
    ...{ host: '127.0.0.1', port: 0, name: 'test', takes: 'both', tickMs: 10 },
    log: { warn: log, debug: log },
    onTurnedAway: (socket) => void turnedAway.push(socket),
    onArrival: (arrival) => {
      const { stream, first } = arrival;
      arrivals.push(arrival);
      arrival.settled();
      stream.on('error', () => undefined);
      stream.on('data', (chunk: Buffer) => void stream.write(chunk));
      if (first !== null) stream.write(first);
    },
    ...options,
    limits: { ...DEFAULT_FRONT_LIMITS, ...options.limits },
  });
  return { front, arrivals, turnedAway, logged };
}

export async function closeFront({ front, arrivals }: EchoFront): Promise<void> {
  const gone = front.close();
  for (const { stream } of arrivals) stream.destroy();
  await gone;
}

/** A socket that keeps what it gets. */
export class Caller<S extends Socket = Socket> {
  readonly socket: S;
  text = '';
  closed = false;
  error: (Error & { readonly code?: string }) | null = null;

  constructor(socket: S) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => (this.text += chunk.toString('latin1')));
    socket.on('error', (error) => (this.error = error));
    socket.on('close', () => (this.closed = true));
  }

  send(bytes: string | Uint8Array): this {
    this.socket.write(bytes);
    return this;
  }

  async heard(text: string): Promise<void> {
    await waitUntil(() => this.text.includes(text) || this.closed, `${text} to come back`);
    if (!this.text.includes(text)) throw new Error(`closed (${String(this.error)}) before ${text}`);
  }

  async whenClosed(): Promise<void> {
    await waitUntil(() => this.closed, 'the socket to be closed');
  }
}

export function callTcp(port: number): Promise<Caller> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp({ port, host: '127.0.0.1', noDelay: true });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(new Caller(socket));
    });
  });
}

/** Does not wait for the handshake. */
export function callTls(port: number, options: ConnectionOptions = {}): Caller<TLSSocket> {
  const trust = { rejectUnauthorized: false, servername: 'localhost' };
  return new Caller(connectTls({ port, host: '127.0.0.1', ...trust, ...options }));
}
