import type { Admission, DeviceAuthority, DeviceSession } from '@tallystick/ports';
import type { AdoptionOwner } from './adoption/adopted-stream.ts';
import type { Downlink } from './downlink.ts';
import type { Wire } from './wire.ts';

/** The session that is adopted; what it is may change by a promotion. */
export interface Adoptable<I> {
  readonly sessionId: string;
  readonly sessionKey: string;
  readonly session: DeviceSession<I>;
  readonly admission: Pick<Admission<I>, 'fetchOnly'>;
  readonly ended: boolean;
}

/** A session as the aedes client sees it that was adopted for it. */
export class SessionAdoption<I> implements AdoptionOwner {
  readonly #session: Adoptable<I>;
  readonly #wire: Wire;
  readonly #downlink: Downlink;
  readonly #authority: Pick<DeviceAuthority<I, never>, 'published'>;

  constructor(
    session: Adoptable<I>,
    wire: Wire,
    downlink: Downlink,
    authority: Pick<DeviceAuthority<I, never>, 'published'>,
  ) {
    this.#session = session;
    this.#wire = wire;
    this.#downlink = downlink;
    this.#authority = authority;
  }

  get sessionId(): string {
    return this.#session.sessionId;
  }

  get sessionKey(): string {
    return this.#session.sessionKey;
  }

  get mayRetain(): boolean {
    return !this.#session.admission.fetchOnly;
  }

  write(bytes: Buffer): void {
    this.#wire.write(bytes);
  }

  needsDrain(): boolean {
    return this.#wire.needsDrain;
  }

  onceDrained(listener: () => void): void {
    this.#wire.onceDrained(listener);
  }

  freePacketId(): number {
    return this.#downlink.freeId();
  }

  setNextPacketId(id: number): void {
    this.#downlink.nextId = id;
  }

  hold(): void {
    this.#wire.hold('adopted');
  }

  release(): void {
    this.#wire.release('adopted');
  }

  fail(): void {
    this.#wire.close('protocol-error');
  }

  uplink(message: { topic: string; payload: Buffer }, done: (ok: boolean) => void): void {
    if (this.#session.ended) return done(false);
    this.#authority.published(this.#session.session, { ...message, qos: 2 }, (ok) => {
      if (!ok) this.#wire.close('limit');
      done(ok);
    });
  }
}
