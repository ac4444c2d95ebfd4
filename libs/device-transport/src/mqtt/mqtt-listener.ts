import type {
  Admission,
  Clock,
  DeviceAuthority,
  DeviceListener,
  Ids,
  OutgoingMessage,
  SilenceRule,
} from '@tallystick/ports';
import { createFront } from '../front/front.ts';
import type { Front, FrontOptions } from '../front/front.types.ts';
import { TimerWheel } from '../front/timer-wheel.ts';
import { ByteRoom } from './byte-room.ts';
import { BARE, type Bearer, type Carrier } from './carrier.ts';
import type { ConnackCode } from './codec/replies.codec.ts';
import { Connection } from './connection.ts';
import { DEFAULT_MQTT_LIMITS, type MqttLimits } from './limits.ts';
import type { ListenerContext } from './listener-context.ts';
import { createSessionTable, type SessionTable } from './session-table.ts';

type WayIn = Omit<FrontOptions, 'takes' | 'limits' | 'onArrival'>;

export interface MqttListenerOptions<I, R> extends WayIn {
  /** `plain` where it is absent. */
  readonly takes?: FrontOptions['takes'];
  readonly authority: DeviceAuthority<I, R>;
  /** What a device is answered for each word of the authority's. */
  readonly connackOf: (refusal: R) => ConnackCode;
  readonly ids: Ids;
  readonly clock: Clock;
  readonly limits?: Partial<MqttLimits>;
  /** One for all listeners of a process, so that the newest CONNECT wins among all of them. */
  readonly table?: SessionTable<I>;
}

export type CarrierContext = Pick<ListenerContext<never, never>, 'limits' | 'wheel' | 'room'>;

class MqttListener<I, R> implements DeviceListener<I> {
  readonly #context: ListenerContext<I, R>;
  readonly #carrier: Carrier;
  readonly #connections = new Set<Connection<I, R>>();
  #front: Front | null = null;
  #closed: Promise<void> | null = null;

  constructor(context: ListenerContext<I, R>, carrier: Carrier) {
    this.#context = context;
    this.#carrier = carrier;
  }

  async listen(options: Omit<FrontOptions, 'onArrival'>): Promise<void> {
    this.#front = await createFront({
      ...options,
      onArrival: (arrival) => {
        this.#carrier.meet(arrival, (bearer) => {
          this.#take(bearer);
        });
      },
    });
  }

  get port(): number {
    return this.#front?.port ?? 0;
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
    const gone = this.#front?.close();
    this.#carrier.close();
    for (const connection of this.#connections) connection.close('gateway-closing');
    await gone;
    this.#context.wheel.stop();
    await this.#context.table.releaseBroker();
  }

  #take(bearer: Bearer): void {
    const connection = new Connection(this.#context, bearer, (gone) => {
      this.#connections.delete(gone);
    });
    this.#connections.add(connection);
    connection.begin();
  }
}

/** `carrierOf` is given what the listener's connections share of deadlines and room. */
export async function openMqtt<I, R>(
  options: MqttListenerOptions<I, R>,
  carrierOf: (shared: CarrierContext) => Carrier,
): Promise<DeviceListener<I>> {
  const { name, authority, connackOf, ids, clock, log } = options;
  const limits = { ...DEFAULT_MQTT_LIMITS, ...options.limits };
  const monotonicMs = (): number => clock.monotonicMs();
  const table = options.table ?? createSessionTable<I>({ monotonicMs });
  const broker = await table.acquireBroker(ids.uuid(), limits);
  const context: ListenerContext<I, R> = {
    ...{ name, authority, connackOf, clock, limits, log, table, broker },
    wheel: new TimerWheel(options.tickMs ?? 1000),
    room: new ByteRoom(limits.sharedBytes),
    sessions: new Map(),
  };
  const listener = new MqttListener(context, carrierOf(context));
  try {
    await listener.listen({ ...options, takes: options.takes ?? 'plain', limits });
  } catch (error) {
    context.wheel.stop();
    await table.releaseBroker();
    throw error;
  }
  return listener;
}

/** MQTT 3.1.1 over TCP and TLS. */
export const createMqttListener = <I, R>(
  options: MqttListenerOptions<I, R>,
): Promise<DeviceListener<I>> => openMqtt(options, () => BARE);
