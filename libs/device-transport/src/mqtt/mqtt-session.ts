import type { Admission, DeviceSession, OutgoingMessage, SilenceRule } from '@tallystick/ports';
import type { AdoptedClient } from './adoption/adopted-client.ts';
import type { Will } from './codec/connect.codec.ts';
import { matchesFilter } from './codec/topics.ts';
import type { PublishPacket } from './codec/publish.codec.ts';
import { encodePuback } from './codec/replies.codec.ts';
import { Downlink } from './downlink.ts';
import { InboundWindow } from './inbound-window.ts';
import { messageBytes } from './message-bytes.ts';
import type { SessionContext, SessionHandle } from './session-context.ts';
import type { KeyHolder } from './session-table.ts';
import type { StoredFilters } from './stored-sessions.ts';
import { SessionAdoption } from './session-adoption.ts';
import { Subscriptions, type FilterOwner } from './subscriptions.ts';
import { Uplink } from './uplink.ts';
import type { Wire } from './wire.ts';

export interface SessionStart<I> {
  readonly admission: Admission<I>;
  readonly session: DeviceSession<I>;
  readonly order: number;
  readonly cleanSession: boolean;
  readonly will: Will | null;
}

/** One admitted session: its subscriptions, its messages in both directions, and its end. */
export class MqttSession<I> implements KeyHolder, SessionHandle<I>, FilterOwner {
  readonly order: number;
  #admission: Admission<I>;
  #session: DeviceSession<I>;
  readonly #context: SessionContext<I>;
  readonly #wire: Wire;
  readonly #cleanSession: boolean;
  readonly #downlink: Downlink;
  readonly #uplink: Uplink;
  #inbound: InboundWindow | null = null;
  readonly subscriptions: Subscriptions;
  #will: Will | null;
  #adopted: AdoptedClient | null = null;
  #ended = false;

  constructor(context: SessionContext<I>, wire: Wire, start: SessionStart<I>) {
    this.#context = context;
    this.#wire = wire;
    this.#admission = start.admission;
    this.#session = start.session;
    this.order = start.order;
    this.#will = start.will;
    this.#cleanSession = start.cleanSession;
    const write = (bytes: Buffer): void => {
      wire.write(bytes);
    };
    this.#downlink = new Downlink(context.limits, context.room, write);
    this.#uplink = new Uplink(write);
    this.subscriptions = new Subscriptions(this, context.limits, context.table.filterRoom);
  }

  get admission(): Admission<I> {
    return this.#admission;
  }

  get session(): DeviceSession<I> {
    return this.#session;
  }

  get #keepsState(): boolean {
    return !this.#cleanSession && !this.#admission.fetchOnly;
  }

  get sessionId(): string {
    return this.session.sessionId;
  }

  get sessionKey(): string {
    return this.session.sessionKey;
  }

  get ended(): boolean {
    return this.#ended;
  }

  // --- begin and end

  /** Takes the key over. False: a newer CONNECT holds it already. */
  enter(): boolean {
    const { table, sessions } = this.#context;
    if (!this.admission.fetchOnly && !table.enter(this.sessionKey, this)) return false;
    sessions.set(this.sessionId, this);
    return true;
  }

  /** The frames of the greeting, each QoS 1 one awaiting its acknowledgement. */
  greeting(): Buffer[] {
    return this.admission.greeting.map((message) => this.#downlink.encode(message));
  }

  /** Takes the filters that an earlier session has left; null: none, or this one wipes them. */
  takeStored(): StoredFilters | null {
    if (this.admission.fetchOnly) return null;
    const filters = this.#context.table.stored.take(this.sessionKey);
    return this.#keepsState ? (filters ?? null) : null;
  }

  /**
   * Its CONNACK has said that nothing was stored, so what is stored of the key goes. A will and
   * filters that only the old admission allowed go too.
   */
  promote(admission: Admission<I>): boolean {
    if (this.#ended || !this.#admission.fetchOnly) return false;
    const { table, authority, clock } = this.#context;
    const { sessionKey, identity } = admission;
    if (!table.enter(sessionKey, this)) {
      this.#wire.close('taken-over');
      return false;
    }
    // Who is told of the older session's end may have ended this one.
    if (this.ended) {
      table.leave(sessionKey, this);
      return false;
    }
    this.#admission = admission;
    this.#session = { ...this.#session, sessionKey, identity, openedAt: clock.now() };
    table.stored.take(sessionKey);
    if (this.#will !== null && !this.mayPublish(this.#will.topic)) this.#will = null;
    this.subscriptions.review();
    this.#wire.retime((deadlines) => deadlines.allowTime(admission));
    authority.opened(this.#session);
    return true;
  }

  allowSilence(rule: SilenceRule | null): void {
    if (!this.#ended) this.#wire.retime((deadlines) => deadlines.allowSilence(rule));
  }

  /** Closes the connection; the session is out of every table when it returns. */
  close(reason: string): void {
    this.#wire.close(reason);
  }

  /** The connection has ended. Once. */
  left(reason: string): void {
    if (this.#ended) return;
    this.#ended = true;
    const { table, sessions, authority } = this.#context;
    sessions.delete(this.sessionId);
    table.leave(this.sessionKey, this);
    this.#adopted?.close();
    if (this.#keepsState) table.stored.put(this.sessionKey, this.subscriptions.filters);
    this.subscriptions.release();
    this.#inbound?.release();
    this.#downlink.release();
    if (reason !== 'client') this.#publishWill();
    if (this.admission.fetchOnly) authority.fetchEnded(this.session, reason);
    else authority.closed(this.session, reason);
  }

  /** Still before `closed`, so that its sink knows the session [MQTT-3.1.2-8]. */
  #publishWill(): void {
    const will = this.#will;
    this.#will = null;
    if (will === null) return;
    const { topic, payload, qos } = will;
    this.#context.authority.published(this.session, { topic, payload, qos }, (accepted) => {
      if (accepted) this.#route({ ...will, payload });
    });
  }

  // --- up

  /** A well-formed PUBLISH; `bytes` is the whole packet. */
  publish(packet: PublishPacket, bytes: Buffer): void {
    if (!this.mayPublish(packet.topic)) {
      this.#wire.close('topic-refused');
      return;
    }
    if (packet.qos === 2) {
      this.#publishTwice(packet.packetId, bytes);
      return;
    }
    const { topic, payload, qos } = packet;
    this.#hand({ topic, payload, qos }, qos === 0 ? null : encodePuback(packet.packetId), () => {
      if (packet.retain || this.isShared(topic)) this.#route(packet);
    });
  }

  /** QoS 2: aedes has the handshake, and the window what it may keep of it. */
  #publishTwice(packetId: number, bytes: Buffer): void {
    this.#inbound ??= new InboundWindow(this.#context.limits, this.#context.room);
    if (this.#inbound.begin(packetId, bytes.length)) this.adopt().take(bytes);
    else this.#wire.close('limit');
  }

  /** PUBREL. */
  releasedInbound(packetId: number): void {
    this.#inbound?.end(packetId);
  }

  mayPublish(topic: string): boolean {
    return !topic.startsWith('$SYS/') && this.admission.mayPublish(topic);
  }

  maySubscribe(filter: string): boolean {
    return !filter.startsWith('$SYS/') && this.admission.maySubscribe(filter);
  }

  isShared(topicOrFilter: string): boolean {
    return this.admission.isShared?.(topicOrFilter) ?? false;
  }

  /** Hands a message to the authority; holds the socket while too many are unsettled. */
  #hand(
    message: { readonly topic: string; readonly payload: Uint8Array; readonly qos: 0 | 1 | 2 },
    ack: Buffer | null,
    accepted: () => void,
  ): void {
    const settle = this.#uplink.begin(ack, messageBytes(message));
    let open = true;
    this.#context.authority.published(this.session, message, (ok) => {
      if (!open) return;
      open = false;
      if (!ok) {
        this.#wire.close('limit');
        return;
      }
      accepted();
      settle();
      if (!this.#isFull()) this.#wire.release('uplink');
    });
    if (this.#isFull()) this.#wire.hold('uplink');
  }

  #isFull(): boolean {
    const { unsettledPublishes, unsettledBytes } = this.#context.limits;
    const { unsettled, unsettledBytes: bytes } = this.#uplink;
    return unsettled >= unsettledPublishes || bytes >= unsettledBytes;
  }

  #route(message: { topic: string; payload: Uint8Array; qos: 0 | 1 | 2; retain: boolean }): void {
    if (!this.#admission.fetchOnly) this.#context.broker.route(this.sessionKey, message);
  }

  // --- down

  send(message: OutgoingMessage): boolean {
    if (this.#ended) return false;
    if (message.qos === 0 && this.#isChoked()) return false;
    return this.#downlink.send(message);
  }

  #isChoked(): boolean {
    return this.#wire.unsentBytes > this.#context.limits.writeBufferBytes;
  }

  /** A client may have dropped what came before its SUBACK. */
  subscribed(filters: ReadonlyMap<string, 0 | 1 | 2>): void {
    if (!this.#admission.fetchOnly) return;
    for (const message of this.#admission.greeting) {
      const covering = [...filters].filter(([filter]) => matchesFilter(filter, message.topic));
      if (covering.length === 0) continue;
      const atMost = Math.max(...covering.map(([, granted]) => granted));
      this.send({ ...message, qos: atMost >= 1 ? message.qos : 0 });
    }
  }

  /**
   * Retained messages that a new subscription selects; the retain flag is set [MQTT-3.3.1-8]. What
   * the queue or the buffer has no room for is left out.
   */
  sendRetained(filter: string, granted: number): void {
    const { broker } = this.#context;
    for (const { topic, payload, qos } of broker.retained(filter, this.sessionKey)) {
      if (this.#isChoked()) return;
      const wanted = granted >= 1 && qos >= 1 ? 1 : 0;
      this.#downlink.send({ topic, payload, qos: wanted, retain: true });
    }
  }

  /** False: not an acknowledgement of ours. */
  acknowledged(packetId: number): boolean {
    return this.#downlink.acknowledged(packetId);
  }

  /** DISCONNECT: the will is forgotten [MQTT-3.14.4-3]. */
  disconnected(): void {
    this.#will = null;
    this.#wire.close('client');
  }

  // --- what its subscriptions ask of it

  adopt(): AdoptedClient {
    this.#adopted ??= this.#context.broker.adopt(
      new SessionAdoption(this, this.#wire, this.#downlink, this.#context.authority),
    );
    return this.#adopted;
  }

  get adopted(): AdoptedClient | null {
    return this.#adopted;
  }

  write(bytes: Buffer): void {
    this.#wire.write(bytes);
  }
}
