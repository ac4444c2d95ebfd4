import type { Socket } from 'node:net';
import type { Admission, ConnectDecision, RefusalCode } from '@tallystick/ports';
import { parseConnect, type ConnectPacket } from './codec/connect.codec.ts';
import { readFixedHeader } from './codec/fixed-header.codec.ts';
import { encodeConnack } from './codec/replies.codec.ts';
import type { ListenerContext } from './listener-context.ts';
import { LiveSession, type HoldReason, type Wire } from './live-session.ts';
import { takePacket } from './packets.ts';
import type { Timed } from './timer-wheel.ts';

/** new → deciding → live → dead; `closing`: refused, waiting for the peer to have read why. */
type Phase = 'new' | 'deciding' | 'live' | 'closing' | 'dead';

const HOLD = { decision: 1, uplink: 2, adopted: 4, unsent: 8 } satisfies Record<HoldReason, number>;

/** How long a connection may be held back for the server's own sake before its keep-alive counts again. */
const HOLD_SECONDS = 60;

/** One socket: framing, CONNECT, deadlines and keep-alive. What a session means stands in LiveSession. */
export class Connection<I> implements Wire, Timed {
  wheelSlot = -1;
  readonly #context: ListenerContext<I>;
  readonly #socket: Socket;
  readonly #address: string;
  readonly #onGone: (connection: Connection<I>) => void;
  #phase: Phase = 'new';
  #buffer: Buffer | null = null;
  #session: LiveSession<I> | null = null;
  #holds = 0;
  #running = false;
  #order = 0;
  /** The decision took its time: more may have come that was not read yet. */
  #late = false;
  #seenTick: number;
  /** Ticks of silence allowed; 0: any. */
  #silenceTicks: number;
  #endTick = Infinity;

  constructor(
    context: ListenerContext<I>,
    socket: Socket,
    address: string,
    onGone: (connection: Connection<I>) => void,
  ) {
    this.#context = context;
    this.#socket = socket;
    this.#address = address;
    this.#onGone = onGone;
    this.#seenTick = context.wheel.now;
    this.#silenceTicks = context.wheel.ticks(context.limits.connectSeconds * 1000);
    context.wheel.add(this);
    socket.on('data', (chunk: Buffer) => {
      this.#received(chunk);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.close('connection-lost');
      this.#onGone(this);
    });
  }

  // --- deadlines

  dueTick(): number {
    const silent = this.#silenceTicks === 0 ? Infinity : this.#seenTick + this.#silenceTicks;
    return Math.min(silent, this.#endTick);
  }

  expire(): void {
    const timeUp = this.#context.wheel.now >= this.#endTick;
    this.close(timeUp ? 'time-up' : 'keep-alive');
  }

  // --- bytes in

  #received(chunk: Buffer): void {
    if (this.#phase === 'closing' || this.#phase === 'dead') return;
    // Before CONNECT and until the decision the deadline stands, however much is sent.
    if (this.#phase === 'live' && this.#holds === 0) this.#seenTick = this.#context.wheel.now;
    this.#buffer = this.#buffer === null ? chunk : Buffer.concat([this.#buffer, chunk]);
    if (this.#phase === 'deciding') {
      if (this.#buffer.length > this.#context.limits.maxPacketBytes) this.hold('decision');
      return;
    }
    this.#run();
  }

  /** Works off what has come, until something is missing or holds it back. Not re-entrant: an answer within a packet returns here. */
  #run(): void {
    if (this.#running) return;
    this.#running = true;
    let more = true;
    while (more && this.#buffer !== null && this.#holds === 0) {
      if (this.#phase === 'new') more = this.#readConnect(this.#buffer);
      else if (this.#phase === 'live') more = this.#readPacket(this.#buffer);
      else more = false;
    }
    this.#running = false;
  }

  #consume(bytes: Buffer, end: number): void {
    this.#buffer = bytes.length === end ? null : bytes.subarray(end);
  }

  #readPacket(bytes: Buffer): boolean {
    const session = this.#session;
    const header = readFixedHeader(bytes);
    if (header === 'more' || session === null) return false;
    const { maxPacketBytes } = this.#context.limits;
    if (header === 'malformed' || header.end - header.bodyAt > maxPacketBytes) {
      this.close('protocol-error');
      return false;
    }
    if (bytes.length < header.end) return false;
    this.#consume(bytes, header.end);
    if (takePacket(session, bytes, header) === 'violation') this.close('protocol-error');
    return this.#phase === 'live';
  }

  // --- CONNECT

  #readConnect(bytes: Buffer): boolean {
    const parsed = parseConnect(bytes, this.#context.limits.maxConnectBytes);
    switch (parsed.kind) {
      case 'more':
        return false;
      case 'close':
        this.close('protocol-error');
        return false;
      case 'refuse':
        this.#context.authority.refused({
          ...{ remoteAddress: this.#remote(), code: parsed.code },
          ...parsed.names,
        });
        this.#refuse(parsed.code);
        return false;
      case 'connect':
        this.#consume(bytes, parsed.used);
        this.#decide(parsed.packet);
        return this.#live();
    }
  }

  #live(): boolean {
    return this.#phase === 'live';
  }

  #remote(): string {
    return `${this.#address}:${String(this.#socket.remotePort ?? 0)}`;
  }

  #decide(packet: ConnectPacket): void {
    const { authority, name, log, table, wheel } = this.#context;
    this.#phase = 'deciding';
    this.#seenTick = wheel.now;
    this.#order = table.nextOrder();
    const { clientId, username, password, keepAliveSeconds, cleanSession, will } = packet;
    const claim = { clientId, keepAliveSeconds, cleanSession, transport: 'tcp' as const };
    const remoteAddress = this.#remote();
    try {
      const decision = authority.decide({
        listener: name,
        ...claim,
        remoteAddress,
        username,
        password,
        willTopic: will?.topic ?? null,
      });
      if (!('then' in decision)) {
        this.#decided(decision, packet, remoteAddress);
        return;
      }
      decision.then(
        (late) => {
          this.#late = true;
          this.#decided(late, packet, remoteAddress);
          this.release('decision');
          this.#run();
        },
        (error: unknown) => {
          this.#undecided(error);
        },
      );
    } catch (error) {
      if (this.#phase !== 'deciding') throw error;
      log.warn({ err: error }, 'a CONNECT could not be decided');
      this.#refuse(3);
    }
  }

  #undecided(error: unknown): void {
    this.#late = true;
    this.#context.log.warn({ err: error }, 'a CONNECT could not be decided');
    if (this.#phase === 'deciding') this.#refuse(3);
  }

  #decided(decision: ConnectDecision<I>, packet: ConnectPacket, remoteAddress: string): void {
    if ('refuse' in decision) {
      if (this.#phase === 'deciding') this.#refuse(decision.refuse);
      return;
    }
    const { admit } = decision;
    if (this.#phase !== 'deciding') {
      this.#notGreeted(admit);
      return;
    }
    const session = this.#sessionOf(admit, packet, remoteAddress);
    const { will } = packet;
    if (will !== null && !session.mayPublish(will.topic)) {
      this.#notGreeted(admit);
      this.#refuse(5);
      return;
    }
    if (!session.enter()) {
      this.#notGreeted(admit);
      this.close('taken-over');
      return;
    }
    this.#open(session, packet);
  }

  #sessionOf(
    admission: Admission<I>,
    packet: ConnectPacket,
    remoteAddress: string,
  ): LiveSession<I> {
    const { clientId, keepAliveSeconds, cleanSession, will } = packet;
    const { sessionId, sessionKey, identity } = admission;
    const { name, clock } = this.#context;
    const claim = { clientId, keepAliveSeconds, cleanSession, remoteAddress };
    return new LiveSession(this.#context, this, {
      admission,
      session: {
        sessionId,
        sessionKey,
        identity,
        claim: { listener: name, transport: 'tcp', ...claim },
        openedAt: clock.now(),
      },
      order: this.#order,
      cleanSession,
      will,
    });
  }

  /** CONNACK and greeting go out in one write, before anything the authority may push from `opened`. */
  #open(session: LiveSession<I>, packet: ConnectPacket): void {
    const { authority, wheel, door } = this.#context;
    const { admission } = session;
    this.#session = session;
    this.#phase = 'live';
    door.settled(this.#address);
    this.#seenTick = wheel.now;
    this.#silenceTicks =
      packet.keepAliveSeconds === 0 ? 0 : wheel.ticks(packet.keepAliveSeconds * 1500);
    if (admission.closeAfterMs !== null)
      this.#endTick = wheel.now + wheel.ticks(admission.closeAfterMs);
    wheel.move(this);
    const stored = session.resume();
    const connack = encodeConnack(0, stored.present);
    if (admission.greeting.length === 0) this.#socket.write(connack);
    else {
      this.#socket.write(Buffer.concat([connack, ...session.greeting()]), (error) => {
        authority.greeted(admission, !error);
      });
    }
    if (!admission.fetchOnly) authority.opened(session.session);
    if (!session.ended) stored.deliver();
  }

  #notGreeted(admission: Admission<I>): void {
    if (admission.greeting.length > 0) this.#context.authority.greeted(admission, false);
  }

  /**
   * The four bytes are in the kernel when `write` returns: closing at once is cheapest, and safe unless unread input would
   * turn the close into a reset that overtakes them.
   */
  #refuse(code: RefusalCode): void {
    const unread = this.#buffer !== null || this.#late;
    this.#buffer = null;
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
    return this.#socket.writableLength;
  }

  get needsDrain(): boolean {
    return this.#socket.writableNeedDrain;
  }

  write(bytes: Buffer): void {
    if (this.#phase !== 'live') return;
    this.#socket.write(bytes);
    if (this.#socket.writableLength <= this.#context.limits.writeBufferBytes) return;
    if ((this.#holds & HOLD.unsent) !== 0) return;
    this.hold('unsent');
    this.#socket.once('drain', () => {
      this.release('unsent');
    });
  }

  onceDrained(listener: () => void): void {
    this.#socket.once('drain', listener);
  }

  hold(reason: HoldReason): void {
    if (this.#phase === 'dead') return;
    if (this.#holds === 0) this.#socket.pause();
    if (this.#holds === 0 && this.#phase === 'live') {
      // A held client cannot show that it is alive.
      this.#seenTick = this.#context.wheel.now + this.#context.wheel.ticks(HOLD_SECONDS * 1000);
    }
    this.#holds |= HOLD[reason];
  }

  release(reason: HoldReason): void {
    if (this.#holds === 0) return;
    this.#holds &= ~HOLD[reason];
    if (this.#holds !== 0 || this.#phase === 'dead') return;
    this.#seenTick = this.#context.wheel.now;
    this.#context.wheel.move(this);
    this.#socket.resume();
    this.#run();
  }

  close(reason: string): void {
    if (this.#phase === 'dead') return;
    const admitted = this.#session !== null;
    this.#phase = 'dead';
    this.#buffer = null;
    this.#context.wheel.remove(this);
    this.#socket.destroy();
    if (!admitted) this.#context.door.settled(this.#address);
    this.#session?.end(reason);
  }
}
