import { applySignal } from './apply-signal.ts';
import { closeLeft, closeSuperseded, loseSessions } from './close-session.ts';
import {
  adoptIncarnation,
  fenceTerm,
  isLost,
  judgeSource,
  retireIncarnation,
  type GatewayStanding,
} from './gateway-standing.ts';
import { initialSessions } from './session-step.ts';
import { placeKeyOf, SimulatedGateway, type SimulatedPlace } from './simulated-gateway.builder.ts';
import type { LiveSession, NewsSource, PresenceFact, SessionStep } from './session.types.ts';

/**
 * One device, gateways that say what happens to its sockets, and the tracker's fold: for properties
 * of any interleaving.
 */
export class SessionWorld {
  device = initialSessions;
  readonly facts: PresenceFact[] = [];
  /** Sessions kicked while no newer one of their place had ever been opened. */
  readonly wronglyKicked: string[] = [];
  readonly #gateways: readonly SimulatedGateway[];
  readonly #standings = new Map<string, GatewayStanding>();
  readonly #newestOf = new Map<string, string>();
  #now = 0;
  #opened = 0;

  constructor(gateways: number) {
    this.#gateways = Array.from({ length: gateways }, (_, at) => new SimulatedGateway(`g${at}`));
  }

  /** How many sessions gateways have opened. */
  get openings(): number {
    return this.#opened;
  }

  get underway(): number {
    return this.#gateways.reduce((sum, { underway }) => sum + underway.length, 0);
  }

  open(at: number, place: SimulatedPlace, closedFirst: boolean): void {
    this.#opened += 1;
    const sessionId = `s${this.#opened}`;
    this.#newestOf.set(placeKeyOf(place), sessionId);
    this.#gateway(at).open(sessionId, place, this.#tick(), closedFirst);
  }

  close(at: number): void {
    this.#gateway(at).close(this.#tick());
  }

  restart(at: number): void {
    this.#gateway(at).restart();
  }

  hear(at: number): void {
    this.#gateway(at).hear(this.#tick());
  }

  /** The gateway got no answer, and sends again. */
  resend(at: number, count: number): void {
    this.#gateway(at).resend(count);
  }

  /** The tracker reads the gateway's newest report. */
  report(at: number): void {
    const { id, incarnation } = this.#gateway(at);
    this.#settle(id, adoptIncarnation(this.#standings.get(id), incarnation));
  }

  /** The tracker closes the gateway's term. */
  fence(at: number): void {
    const { id, incarnation, term, inbox } = this.#gateway(at);
    this.#settle(id, fenceTerm(this.#standings.get(id), incarnation, term));
    inbox.push({ fence: { incarnation, term } });
  }

  /** The tracker reads one piece of news. */
  deliver(at: number): void {
    const gateway = this.#gateway(at);
    const sent = gateway.send();
    if (sent === undefined) return;
    const { incarnation, term, news } = sent;
    const standing = this.#judge(at, incarnation, term);
    const source = { gatewayId: gateway.id, incarnation, term, sentAt: this.#tick(), standing };
    this.#take(applySignal(this.device, source, news));
  }

  /** Time passes without news: who has left is told. */
  pass(): void {
    this.#take(closeLeft(this.device, () => true));
  }

  /** Everything said is read, until nobody has anything to say. */
  settle(): void {
    this.#gateways.forEach((_, at) => this.report(at));
    while (this.#gateways.some(({ underway, inbox }) => underway.length + inbox.length > 0)) {
      this.#gateways.forEach((_, at) => {
        this.deliver(at);
        this.hear(at);
      });
    }
    this.pass();
    this.#take(closeSuperseded(this.device, () => true, this.#now));
  }

  sockets(): string[] {
    return this.#gateways.flatMap(({ sockets }) => [...sockets.keys()]).sort();
  }

  #tick(): number {
    this.#now += 1;
    return this.#now;
  }

  #gateway(at: number): SimulatedGateway {
    const gateway = this.#gateways[at % this.#gateways.length];
    if (gateway === undefined) throw new Error('no gateway');
    return gateway;
  }

  /**
   * An unknown incarnation is held back until the gateway's reports have been read: each reports
   * before it says anything else.
   */
  #judge(at: number, incarnation: string, term: number): NewsSource['standing'] {
    const { id } = this.#gateway(at);
    if (judgeSource(this.#standings.get(id), incarnation, term) === 'new') this.report(at);
    const known = this.#standings.get(id);
    if (known === undefined) throw new Error('no standing after a report');
    const standing = retireIncarnation(known, incarnation);
    this.#standings.set(id, standing);
    const judged = judgeSource(standing, incarnation, term);
    if (judged === 'new') throw new Error('still unknown');
    return judged;
  }

  #settle(id: string, standing: GatewayStanding): void {
    this.#standings.set(id, standing);
    const isOver = (session: LiveSession) => session.gatewayId === id && isLost(standing, session);
    this.#take(loseSessions(this.device, isOver, this.#now));
  }

  #take(step: SessionStep): void {
    this.device = step.device;
    this.facts.push(...step.facts);
    for (const command of step.commands) {
      if (command.kind !== 'kick') continue;
      const { sessionId, gatewayId } = command;
      const gateway = this.#gateways.find(({ id }) => id === gatewayId);
      const socket = gateway?.sockets.get(sessionId);
      if (socket !== undefined && this.#newestOf.get(placeKeyOf(socket)) === sessionId)
        this.wronglyKicked.push(sessionId);
      gateway?.inbox.push({ kick: sessionId });
    }
  }
}
