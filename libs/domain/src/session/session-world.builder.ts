import { applySignal } from './apply-signal.ts';
import { closeSuperseded, loseSessions } from './close-session.ts';
import {
  adoptIncarnation,
  fenceTerm,
  isLost,
  judgeSource,
  retireIncarnation,
  type GatewayStanding,
} from './gateway-standing.ts';
import { sessionOf } from './session.builder.ts';
import { initialSessions } from './session-step.ts';
import type {
  NewsSource,
  PresenceFact,
  SessionFacts,
  SessionNews,
  SessionStep,
} from './session.types.ts';

interface Sent {
  readonly incarnation: string;
  readonly term: number;
  readonly news: SessionNews;
}

interface Gateway {
  incarnation: number;
  term: number;
  /** Sockets that exist. */
  readonly sockets: Map<string, SessionFacts>;
  /** Said, not yet read by the tracker. */
  readonly underway: Sent[];
  /** Commands not yet read by the gateway. */
  readonly inbox: (
    | { readonly kick: string }
    | { readonly fence: { readonly incarnation: string; readonly term: number } }
  )[];
}

/** One device, gateways that say what happens to its sockets, and the tracker's fold: for properties of any interleaving. */
export class SessionWorld {
  device = initialSessions;
  readonly facts: PresenceFact[] = [];
  /** Sessions kicked while no newer one of their unit had ever been opened. */
  readonly wronglyKicked: string[] = [];
  readonly #gateways: readonly Gateway[];
  readonly #standings = new Map<string, GatewayStanding>();
  readonly #newestOf = new Map<string | null, string>();
  #now = 0;
  #opened = 0;

  constructor(gateways: number) {
    this.#gateways = Array.from({ length: gateways }, () => ({
      incarnation: 1,
      term: 1,
      sockets: new Map<string, SessionFacts>(),
      underway: [],
      inbox: [],
    }));
  }

  /** A unit connects. A gateway takes over its own older socket, and may say so before the new one is open, or after. */
  open(at: number, unit: string | null, closedFirst: boolean): void {
    const gateway = this.#gateway(at);
    this.#now += 1;
    this.#opened += 1;
    const session = sessionOf(`s${this.#opened}`, this.#now, { unit });
    const older = [...gateway.sockets.values()].find((socket) => socket.unit === unit);
    if (older !== undefined && closedFirst) this.#drop(gateway, older, 'taken-over');
    gateway.sockets.set(session.sessionId, session);
    this.#newestOf.set(unit, session.sessionId);
    this.#say(gateway, { type: 'opened', session });
    if (older !== undefined && !closedFirst) this.#drop(gateway, older, 'taken-over');
  }

  close(at: number): void {
    const gateway = this.#gateway(at);
    this.#now += 1;
    const [socket] = gateway.sockets.values();
    if (socket !== undefined) this.#drop(gateway, socket, 'client');
  }

  /** The process dies and comes back; what it had said goes on its way. */
  restart(at: number): void {
    const gateway = this.#gateway(at);
    gateway.sockets.clear();
    gateway.incarnation += 1;
    gateway.term = 1;
  }

  /** The tracker reads the gateway's newest report. */
  report(at: number): void {
    const id = this.#idOf(at);
    this.#standings.set(id, adoptIncarnation(this.#standings.get(id), this.#nameOf(at)));
    this.#lose(id);
  }

  /** The tracker closes what it knows as the gateway's term. */
  fence(at: number): void {
    const id = this.#idOf(at);
    const { incarnation, term } = { incarnation: this.#nameOf(at), term: this.#gateway(at).term };
    this.#standings.set(id, fenceTerm(this.#standings.get(id), incarnation, term));
    this.#lose(id);
    this.#gateway(at).inbox.push({ fence: { incarnation, term } });
  }

  /** The gateway reads one command. */
  hear(at: number): void {
    const gateway = this.#gateway(at);
    const command = gateway.inbox.shift();
    if (command === undefined) return;
    this.#now += 1;
    if ('kick' in command) {
      const socket = gateway.sockets.get(command.kick);
      if (socket !== undefined) this.#drop(gateway, socket, 'kicked');
    } else if (
      command.fence.incarnation === this.#nameOf(at) &&
      command.fence.term === gateway.term
    ) {
      gateway.term += 1;
      for (const session of gateway.sockets.values())
        this.#say(gateway, { type: 'announced', session });
    }
  }

  /** The tracker reads one piece of news. */
  deliver(at: number): void {
    const sent = this.#gateway(at).underway.shift();
    if (sent === undefined) return;
    this.#now += 1;
    const { incarnation, term, news } = sent;
    const gatewayId = this.#idOf(at);
    const standing = this.#judge(at, incarnation, term);
    const source = { gatewayId, incarnation, term, sentAt: this.#now, standing };
    this.#take(applySignal(this.device, source, news));
  }

  /** Everything said is read, until nobody has anything to say. */
  settle(): void {
    const busy = (): boolean =>
      this.#gateways.some(({ underway, inbox }) => underway.length + inbox.length > 0);
    this.#gateways.forEach((_, at) => this.report(at));
    while (busy()) {
      this.#gateways.forEach((_, at) => {
        this.deliver(at);
        this.hear(at);
      });
    }
    this.#take(closeSuperseded(this.device, Infinity, this.#now));
  }

  sockets(): string[] {
    return this.#gateways.flatMap(({ sockets }) => [...sockets.keys()]).sort();
  }

  #gateway(at: number): Gateway {
    const gateway = this.#gateways[at % this.#gateways.length];
    if (gateway === undefined) throw new Error('no gateway');
    return gateway;
  }

  #idOf(at: number): string {
    return `g${at % this.#gateways.length}`;
  }

  #nameOf(at: number): string {
    return `${this.#idOf(at)}-${this.#gateway(at).incarnation}`;
  }

  #say(gateway: Gateway, news: SessionNews): void {
    const incarnation = this.#nameOf(this.#gateways.indexOf(gateway));
    gateway.underway.push({ incarnation, term: gateway.term, news });
  }

  #drop(gateway: Gateway, session: SessionFacts, reason: 'client' | 'kicked' | 'taken-over'): void {
    gateway.sockets.delete(session.sessionId);
    this.#say(gateway, { type: 'closed', session, reason, at: this.#now });
  }

  /** An unknown incarnation is held back until the gateway's reports have been read: each reports before it says anything else. */
  #judge(at: number, incarnation: string, term: number): NewsSource['standing'] {
    const id = this.#idOf(at);
    const known = judgeSource(this.#standings.get(id), incarnation, term);
    if (known !== 'new') return known;
    this.report(at);
    const standing = this.#standings.get(id);
    if (standing === undefined) throw new Error('no standing after a report');
    const settled = retireIncarnation(standing, incarnation);
    this.#standings.set(id, settled);
    const judged = judgeSource(settled, incarnation, term);
    if (judged === 'new') throw new Error('still unknown');
    return judged;
  }

  #lose(id: string): void {
    const standing = this.#standings.get(id);
    if (standing === undefined) return;
    const isOver = (session: Parameters<typeof isLost>[1]) =>
      session.gatewayId === id && isLost(standing, session);
    this.#take(loseSessions(this.device, isOver, this.#now));
  }

  #take(step: SessionStep): void {
    this.device = step.device;
    this.facts.push(...step.facts);
    for (const command of step.commands) {
      if (command.kind !== 'kick') continue;
      const gateway = this.#gateways[Number(command.gatewayId.slice(1))];
      const socket = gateway?.sockets.get(command.sessionId);
      if (socket !== undefined && this.#newestOf.get(socket.unit) === command.sessionId)
        this.wronglyKicked.push(command.sessionId);
      gateway?.inbox.push({ kick: command.sessionId });
    }
  }
}
