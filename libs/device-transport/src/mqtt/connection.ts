import type { Duplex } from 'node:stream';
import type { Admission, SessionDecision } from '@tallystick/ports';
import { ReadBuffer } from '../front/read-buffer.ts';
import type { Timed } from '../front/timer-wheel.ts';
import type { Bearer } from './carrier.ts';
import { claimOf, sessionOf } from './claim.ts';
import { parseConnectPacket, type ConnectPacket } from './codec/connect.codec.ts';
import { readFixedHeader } from './codec/fixed-header.codec.ts';
import { encodeConnack, type ConnackCode } from './codec/replies.codec.ts';
import { Deadlines } from './deadlines.ts';
import type { ListenerContext } from './listener-context.ts';
import { Holds, type HoldReason } from './holds.ts';
import { MqttSession } from './mqtt-session.ts';
import { Outlet } from './outlet.ts';
import { takePacket } from './packets.ts';
import { CONNACK_OF_FAULT, CONNACK_UNDECIDED } from './refusals.ts';
import type { Wire } from './wire.ts';
import { WireFault } from './wire-fault.ts';

/** new → deciding → live → dead; `closing`: refused, waiting for the peer to have read why. */
type Phase = 'new' | 'deciding' | 'live' | 'closing' | 'dead';

/** The packet type of what a device publishes. */
const PUBLISH = 3;

/**
 * One socket: framing, CONNECT, deadlines and keep-alive. What a session means stands in
 * MqttSession.
 */
export class Connection<I, R> implements Wire, Timed {
  wheelSlot = -1;
  readonly #context: ListenerContext<I, R>;
  readonly #arrival: Bearer;
  readonly #socket: Duplex;
  readonly #onGone: (connection: Connection<I, R>) => void;
  #phase: Phase = 'new';
  readonly #buffer = new ReadBuffer();
  /** The bytes of the buffer that the listener counts as an incomplete packet. */
  #partial = 0;
  #session: MqttSession<I> | null = null;
  readonly #holds = new Holds();
  #running = false;
  #order = 0;
  /** The decision took its time: more may have come that was not read yet. */
  #late = false;
  readonly #outlet: Outlet;
  readonly #deadlines: Deadlines;

  constructor(
    context: ListenerContext<I, R>,
    arrival: Bearer,
    onGone: (connection: Connection<I, R>) => void,
  ) {
    this.#context = context;
    this.#arrival = arrival;
    const socket = (this.#socket = arrival.stream);
    this.#onGone = onGone;
    this.#outlet = new Outlet(socket, context.room);
    this.#deadlines = new Deadlines(context.wheel, context.limits.connectSeconds * 1000);
    context.wheel.add(this);
    arrival.onProgress?.(() => this.#heard());
    socket.on('data', (chunk: Buffer) => {
      this.#received(chunk);
    });
    socket.on('error', (error) => {
      if (error instanceof WireFault) this.close(error.end);
    });
    socket.on('close', () => {
      this.close('connection-lost');
      this.#onGone(this);
    });
  }

  /** Works off what the front has read already. */
  begin(): void {
    const { first } = this.#arrival;
    if (first !== null) this.#received(first);
  }

  // --- deadlines

  dueTick(): number {
    return this.#deadlines.due();
  }

  expire(): void {
    this.close(this.#deadlines.reason());
  }

  retime(change: (deadlines: Deadlines) => void): void {
    change(this.#deadlines);
    if (this.#phase === 'live') this.#context.wheel.move(this);
  }

  // --- bytes in

  /** Before CONNECT and until the decision the deadline stands, however much is sent. */
  #heard(): void {
    if (this.#phase === 'live' && !this.#holds.any) this.#deadlines.seen();
  }

  #received(chunk: Buffer): void {
    if (this.#phase === 'closing' || this.#phase === 'dead') return;
    this.#heard();
    this.#buffer.push(chunk);
    if (this.#phase === 'deciding') {
      // The session is not admitted yet: keep only as many bytes as a CONNECT may have.
      if (this.#buffer.length > this.#context.limits.maxConnectBytes) this.hold('decision');
      return;
    }
    this.#run();
  }

  /**
   * Counts what is left over after all whole packets; a large one for which all listeners' room is
   * used up ends its session.
   */
  #countPartial(): void {
    const before = this.#partial;
    this.#partial = this.#buffer.length;
    if (before === this.#partial) return;
    const { room, limits } = this.#context;
    const fits = room.recount(before, this.#partial);
    if (!fits && this.#partial > limits.maxConnectBytes) this.close('limit');
  }

  /**
   * Works off what has come, until something is missing or holds it back. Not re-entrant: an answer
   * within a packet returns here.
   */
  #run(): void {
    if (this.#running) return;
    this.#running = true;
    let more = true;
    while (more && !this.#holds.any) {
      const bytes = this.#buffer.look();
      if (bytes === null) more = false;
      else if (this.#phase === 'new') more = this.#readConnect(bytes);
      else if (this.#phase === 'live') more = this.#readPacket(bytes);
      else more = false;
    }
    this.#running = false;
    if (this.#phase !== 'dead') this.#countPartial();
  }

  #readPacket(bytes: Buffer): boolean {
    const session = this.#session;
    const header = readFixedHeader(bytes);
    if (header === 'more' || session === null) return false;
    const { maxPacketBytes } = this.#context.limits;
    if (header === 'malformed' || header.end - header.bodyAt > maxPacketBytes) {
      this.close(header === 'malformed' ? 'protocol-error' : 'packet-too-large');
      return false;
    }
    if (bytes.length < header.end) {
      this.#buffer.want(header.end);
      return false;
    }
    this.#buffer.take(header.end);
    this.#deadlines.packet();
    if (header.first >> 4 === PUBLISH) this.#deadlines.message();
    if (takePacket(session, bytes, header) === 'violation') this.close('protocol-error');
    return this.#phase === 'live';
  }

  // --- CONNECT

  #readConnect(bytes: Buffer): boolean {
    const parsed = parseConnectPacket(bytes, this.#context.limits.maxConnectBytes);
    switch (parsed.kind) {
      case 'more':
        return false;
      case 'close':
        this.close('protocol-error');
        return false;
      case 'refuse':
        this.#context.authority.refused({
          ...{ remoteAddress: this.#arrival.remoteAddress, fault: parsed.fault },
          ...parsed.names,
        });
        this.#refuse(CONNACK_OF_FAULT[parsed.fault]);
        return false;
      case 'connect':
        this.#buffer.take(parsed.used);
        this.#decide(parsed.packet);
        return this.#live();
    }
  }

  #live(): boolean {
    return this.#phase === 'live';
  }

  #decide(packet: ConnectPacket): void {
    const { authority, name, log, table } = this.#context;
    this.#phase = 'deciding';
    this.#deadlines.seen();
    this.#order = table.nextOrder();
    try {
      const decision = authority.decide(claimOf(name, this.#arrival, packet));
      if (!('then' in decision)) {
        this.#decided(decision, packet);
        return;
      }
      decision.then(
        (late) => {
          this.#late = true;
          this.#decided(late, packet);
          this.release('decision');
          this.#run();
        },
        (error: unknown) => this.#undecided(error),
      );
    } catch (error) {
      if (this.#phase !== 'deciding') throw error;
      log.warn({ err: error }, 'a CONNECT could not be decided');
      this.#refuse(CONNACK_UNDECIDED);
    }
  }

  #undecided(error: unknown): void {
    this.#late = true;
    this.#context.log.warn({ err: error }, 'a CONNECT could not be decided');
    if (this.#phase === 'deciding') this.#refuse(CONNACK_UNDECIDED);
  }

  #decided(decision: SessionDecision<I, R>, packet: ConnectPacket): void {
    if ('refuse' in decision) {
      if (this.#phase === 'deciding') this.#refuse(this.#context.connackOf(decision.refuse));
      return;
    }
    const { admit } = decision;
    if (this.#phase !== 'deciding') return this.#notGreeted(admit);
    const session = this.#sessionOf(admit, packet);
    const { will } = packet;
    if (will !== null && !session.mayPublish(will.topic)) {
      this.#notGreeted(admit);
      this.#refuse(CONNACK_OF_FAULT['will-topic']);
      return;
    }
    if (session.enter()) return this.#open(session, packet);
    this.#notGreeted(admit);
    this.close('taken-over');
  }

  #sessionOf(admission: Admission<I>, packet: ConnectPacket): MqttSession<I> {
    const { name, clock } = this.#context;
    const { cleanSession, will } = packet;
    const session = sessionOf(admission, claimOf(name, this.#arrival, packet), clock.now());
    const order = this.#order;
    return new MqttSession(this.#context, this, { admission, session, order, cleanSession, will });
  }

  /**
   * CONNACK and greeting go out in one write, before `opened`, in which the authority may cut it.
   */
  #open(session: MqttSession<I>, packet: ConnectPacket): void {
    const { authority, wheel } = this.#context;
    const { admission } = session;
    this.#session = session;
    this.#phase = 'live';
    this.#arrival.settled();
    const { keepAliveSeconds } = packet;
    const { closeAfterMs, silence } = admission;
    this.#deadlines.admitted(keepAliveSeconds, { closeAfterMs, silence });
    wheel.move(this);
    const stored = session.takeStored();
    const connack = encodeConnack(0, stored !== null);
    if (admission.greeting.length === 0) this.#socket.write(connack);
    else {
      this.#socket.write(Buffer.concat([connack, ...session.greeting()]), (error) => {
        authority.greeted(admission, !error);
      });
    }
    if (!admission.fetchOnly) authority.opened(session.session);
    if (stored !== null && !session.ended) session.subscriptions.restore(stored);
  }

  #notGreeted(admission: Admission<I>): void {
    if (admission.greeting.length > 0) this.#context.authority.greeted(admission, false);
  }

  /**
   * The four bytes are in the kernel when `write` returns: closing at once is cheapest, and safe
   * unless unread input would turn the close into a reset that overtakes them.
   */
  #refuse(code: ConnackCode): void {
    const unread = this.#buffer.length > 0 || this.#late;
    this.#buffer.clear();
    this.#socket.write(encodeConnack(code, false));
    if (!unread && this.#socket.writableLength === 0) {
      this.close('refused');
      return;
    }
    this.#phase = 'closing';
    this.#socket.end();
    this.#socket.resume();
  }

  // --- what the session asks of its wire

  get unsentBytes(): number {
    return this.#outlet.unsentBytes;
  }

  get needsDrain(): boolean {
    return this.#outlet.needsDrain;
  }

  write(bytes: Buffer): void {
    if (this.#phase !== 'live') return;
    if (!this.#outlet.write(bytes)) return this.close('limit');
    if (this.unsentBytes <= this.#context.limits.writeBufferBytes) return;
    if (this.#holds.has('unsent')) return;
    this.hold('unsent');
    this.onceDrained(() => this.release('unsent'));
  }

  onceDrained(listener: () => void): void {
    this.#outlet.onceDrained(listener);
  }

  hold(reason: HoldReason): void {
    if (this.#phase === 'dead') return;
    if (!this.#holds.any) {
      this.#socket.pause();
      if (this.#phase === 'live') this.#deadlines.held();
    }
    this.#holds.add(reason);
  }

  release(reason: HoldReason): void {
    if (!this.#holds.remove(reason) || this.#phase === 'dead') return;
    this.#deadlines.released();
    this.#context.wheel.move(this);
    this.#socket.resume();
    this.#run();
  }

  close(reason: string): void {
    if (this.#phase === 'dead') return;
    this.#phase = 'dead';
    this.#buffer.clear();
    this.#context.room.give(this.#partial);
    this.#partial = 0;
    this.#outlet.release();
    this.#context.wheel.remove(this);
    this.#socket.destroy();
    this.#arrival.settled();
    this.#session?.left(reason);
  }
}
