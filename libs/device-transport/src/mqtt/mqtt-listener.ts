import { createServer, type Server, type Socket } from 'node:net';
import { PortError } from '@tallystick/kernel';
import type {
  Admission,
  Clock,
  DeviceAuthority,
  DeviceListener,
  Ids,
  OutgoingMessage,
  SilenceRule,
} from '@tallystick/ports';
import { ByteRoom } from './byte-room.ts';
import type { ConnackCode } from './codec/replies.codec.ts';
import { Connection } from './connection.ts';
import { Door, type TurnedAway } from './door.ts';
import { DEFAULT_MQTT_LIMITS, type MqttLimits } from './limits.ts';
import type { ListenerContext, TransportLog } from './listener-context.ts';
import { createSessionTable, type SessionTable } from './session-table.ts';
import { TimerWheel } from './timer-wheel.ts';

/**
 * Longer than Node's 511: a fleet that comes back at once overflows it into retries of a second.
 */
const BACKLOG = 4096;

/**
 * Probes find a peer that lost its power whatever keep-alive it asked for, also none: after a
 * minute without a packet, then one a second (libuv), ten of them unanswered.
 */
const SOCKET_OPTIONS = { noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 } as const;

export interface MqttListenerOptions<I, R> {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly name: string;
  readonly authority: DeviceAuthority<I, R>;
  /** What a device is answered for each word of the authority's. */
  readonly connackOf: (refusal: R) => ConnackCode;
  readonly ids: Ids;
  readonly clock: Clock;
  readonly limits?: Partial<MqttLimits>;
  readonly log: TransportLog;
  /** Called for each socket that a limit keeps out: often, when somebody floods. */
  readonly onTurnedAway?: (socket: TurnedAway) => void;
  /** One for all listeners of a process, so that the newest CONNECT wins among all of them. */
  readonly table?: SessionTable<I>;
  /** Resolution of every deadline; a second unless a test is in a hurry. */
  readonly tickMs?: number;
}

/**
 * `::ffff:1.2.3.4` is 1.2.3.4; an IPv6 address is bracketed, so that the port can be told apart.
 */
function addressOf(socket: Socket): string | null {
  const address = socket.remoteAddress;
  if (address === undefined) return null;
  if (address.startsWith('::ffff:')) return address.slice(7);
  return address.includes(':') ? `[${address}]` : address;
}

function shut(socket: Socket): void {
  socket.on('error', () => undefined);
  socket.destroy();
}

class MqttListener<I, R> implements DeviceListener<I> {
  readonly #context: ListenerContext<I, R>;
  readonly #connections = new Set<Connection<I, R>>();
  readonly #server: Server;
  readonly #onTurnedAway: (socket: TurnedAway) => void;
  #closed: Promise<void> | null = null;

  constructor(context: ListenerContext<I, R>, onTurnedAway: (socket: TurnedAway) => void) {
    this.#context = context;
    this.#onTurnedAway = onTurnedAway;
    this.#server = createServer(SOCKET_OPTIONS, (socket) => {
      this.#accept(socket);
    });
  }

  async listen(host: string, port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (cause) => {
        reject(
          new PortError('misconfigured', `cannot listen on ${host}:${String(port)}`, { cause }),
        );
      });
      this.#server.listen({ host, port, backlog: BACKLOG }, resolve);
    });
    // Later errors are accept errors (no file descriptor left): the next connection may do better.
    this.#server.removeAllListeners('error');
    this.#server.on('error', (err) => {
      this.#context.log.warn({ err }, 'a connection could not be accepted');
    });
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  allowSilence(sessionId: string, rule: SilenceRule | null): void {
    this.#context.sessions.get(sessionId)?.allowSilence(rule);
  }

  send(sessionId: string, message: OutgoingMessage): boolean {
    return this.#context.sessions.get(sessionId)?.send(message) ?? false;
  }

  promote(sessionId: string, admission: Admission<I>): boolean {
    return this.#context.sessions.get(sessionId)?.promote(admission) ?? false;
  }

  cut(sessionId: string, reason: string): boolean {
    const session = this.#context.sessions.get(sessionId);
    if (session === undefined) return false;
    session.close(reason);
    return true;
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const gone = new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
    for (const connection of this.#connections) connection.close('gateway-closing');
    await gone;
    this.#context.wheel.stop();
    await this.#context.table.releaseBroker();
  }

  #accept(socket: Socket): void {
    const { door } = this.#context;
    const address = addressOf(socket);
    if (address === null || this.#closed !== null) return shut(socket);
    const limit = door.enter(address);
    if (limit !== null) {
      shut(socket);
      return this.#onTurnedAway({ address, limit });
    }
    const connection = new Connection(this.#context, socket, address, (gone) => {
      this.#connections.delete(gone);
      door.left();
    });
    this.#connections.add(connection);
  }
}

export async function createMqttListener<I, R>(
  options: MqttListenerOptions<I, R>,
): Promise<DeviceListener<I>> {
  const { name, authority, connackOf, ids, clock, log } = options;
  const limits = { ...DEFAULT_MQTT_LIMITS, ...options.limits };
  const monotonicMs = (): number => clock.monotonicMs();
  const table = options.table ?? createSessionTable<I>({ monotonicMs });
  const broker = await table.acquireBroker(ids.uuid(), limits);
  const context: ListenerContext<I, R> = {
    ...{ name, authority, connackOf, clock, limits, log, table, broker },
    wheel: new TimerWheel(options.tickMs ?? 1000),
    door: new Door(limits),
    room: new ByteRoom(limits.sharedBytes),
    sessions: new Map(),
  };
  const listener = new MqttListener(context, options.onTurnedAway ?? (() => undefined));
  try {
    await listener.listen(options.host, options.port);
  } catch (error) {
    context.wheel.stop();
    await table.releaseBroker();
    throw error;
  }
  return listener;
}
