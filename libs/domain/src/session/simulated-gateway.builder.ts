import { sessionOf } from './session.builder.ts';
import type { SessionFacts, SessionNews } from './session.types.ts';

export interface Sent {
  readonly incarnation: string;
  readonly term: number;
  readonly news: SessionNews;
}

export type Order =
  | { readonly kick: string }
  | { readonly fence: { readonly incarnation: string; readonly term: number } };

/** Where sessions take each other over. */
export type SimulatedPlace = Pick<SessionFacts, 'unit' | 'transport'>;

export const placeKeyOf = ({ unit, transport }: SimulatedPlace): string =>
  `${unit ?? ''}${transport === 'http' ? ' over HTTP' : ''}`;

/**
 * A gateway as the protocol wants it, for properties: its sockets, what it has said, and what it
 * has been told.
 */
export class SimulatedGateway {
  readonly id: string;
  term = 1;
  /** Sockets that exist. */
  readonly sockets = new Map<string, SessionFacts>();
  /** Said, not yet read by the tracker. */
  readonly underway: Sent[] = [];
  /** Not yet read by the gateway. */
  readonly inbox: Order[] = [];
  readonly #sent: Sent[] = [];
  #starts = 1;

  constructor(id: string) {
    this.id = id;
  }

  get incarnation(): string {
    return `${this.id}-${this.#starts}`;
  }

  /**
   * A unit connects. It takes over the gateway's own older socket of its place, which may say so
   * before the new one is open, or after.
   */
  open(sessionId: string, place: SimulatedPlace, at: number, closedFirst: boolean): void {
    const session = sessionOf(sessionId, at, place);
    const key = placeKeyOf(place);
    const older = [...this.sockets.values()].find((socket) => placeKeyOf(socket) === key);
    if (older !== undefined && closedFirst) this.#drop(older, 'taken-over', at);
    this.sockets.set(sessionId, session);
    this.#say({ type: 'opened', session });
    if (older !== undefined && !closedFirst) this.#drop(older, 'taken-over', at);
  }

  close(at: number): void {
    const [socket] = this.sockets.values();
    if (socket !== undefined) this.#drop(socket, 'client', at);
  }

  send(): Sent | undefined {
    const sent = this.underway.shift();
    if (sent !== undefined) this.#sent.push(sent);
    return sent;
  }

  /** Again from some place on, in the same order. */
  resend(count: number): void {
    this.underway.unshift(...this.#sent.slice(-count));
  }

  /** The process dies and comes back; what it had said goes on its way. */
  restart(): void {
    this.sockets.clear();
    this.#starts += 1;
    this.term = 1;
  }

  /** Reads one command. */
  hear(at: number): void {
    const order = this.inbox.shift();
    if (order === undefined) return;
    if ('kick' in order) {
      const socket = this.sockets.get(order.kick);
      if (socket !== undefined) this.#drop(socket, 'kicked', at);
      return;
    }
    const { incarnation, term } = order.fence;
    if (incarnation !== this.incarnation || term !== this.term) return;
    this.term += 1;
    for (const session of this.sockets.values()) this.#say({ type: 'announced', session });
  }

  #say(news: SessionNews): void {
    this.underway.push({ incarnation: this.incarnation, term: this.term, news });
  }

  #drop(session: SessionFacts, reason: 'client' | 'kicked' | 'taken-over', at: number): void {
    this.sockets.delete(session.sessionId);
    this.#say({ type: 'closed', session, reason, at });
  }
}
