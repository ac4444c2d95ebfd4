import { openBroker, type Broker } from './adoption/broker.ts';
import { ByteRoom } from './byte-room.ts';
import { DEFAULT_TABLE_LIMITS, type MqttLimits, type SessionTableLimits } from './limits.ts';
import { StoredSessions } from './stored-sessions.ts';

/** A live session as the table sees it. */
export interface KeyHolder {
  /** The order in which the CONNECTs of all listeners came in. */
  readonly order: number;
  /** Synchronous: the session has left the table when it returns. */
  close(reason: 'taken-over'): void;
}

/**
 * The holder of each session key, over all listeners of a process, and the stored sessions of
 * devices that are away. Only the newest CONNECT of a key holds it. Pass one table to several
 * listeners.
 */
export class SessionTable<Identity> {
  /** Only carries the type: tables of different authorities do not mix. */
  declare readonly identity?: Identity;
  readonly stored: StoredSessions;
  readonly filterRoom: ByteRoom;
  readonly #limits: SessionTableLimits;
  readonly #holders = new Map<string, KeyHolder>();
  #order = 0;
  #broker: Promise<Broker> | null = null;
  #listeners = 0;

  constructor(limits: SessionTableLimits, monotonicMs: () => number) {
    this.#limits = limits;
    this.stored = new StoredSessions(limits, monotonicMs);
    this.filterRoom = new ByteRoom(limits.subscriptionBytes);
  }

  get size(): number {
    return this.#holders.size;
  }

  nextOrder(): number {
    this.#order += 1;
    return this.#order;
  }

  /**
   * Ends the older holder first. False: the holder's CONNECT is the newer one, and this session is
   * out before it began.
   */
  enter(key: string, session: KeyHolder): boolean {
    const holder = this.#holders.get(key);
    if (holder !== undefined && holder.order > session.order) return false;
    holder?.close('taken-over');
    this.#holders.set(key, session);
    return true;
  }

  /** Compares identity, not key: a session that was taken over does not remove its successor. */
  leave(key: string, session: KeyHolder): void {
    if (this.#holders.get(key) === session) this.#holders.delete(key);
  }

  /** One broker for all listeners that share the table; for each call, one `releaseBroker`. */
  async acquireBroker(id: string, limits: MqttLimits): Promise<Broker> {
    this.#listeners += 1;
    this.#broker ??= openBroker(id, limits, this.#limits);
    return this.#broker;
  }

  async releaseBroker(): Promise<void> {
    this.#listeners -= 1;
    if (this.#listeners > 0) return;
    const broker = this.#broker;
    this.#broker = null;
    await (await broker)?.close();
  }
}

export function createSessionTable<Identity>(
  options: {
    readonly limits?: Partial<SessionTableLimits>;
    readonly monotonicMs?: () => number;
  } = {},
): SessionTable<Identity> {
  const limits = { ...DEFAULT_TABLE_LIMITS, ...options.limits };
  return new SessionTable(limits, options.monotonicMs ?? (() => performance.now()));
}
