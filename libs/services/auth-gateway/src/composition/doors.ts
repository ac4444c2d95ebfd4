import {
  createSessionTable,
  createTlsDoor,
  DEFAULT_FRONT_LIMITS,
  Door,
  type TlsDoor,
} from '@tallystick/device-transport';
import { keysOf } from '@tallystick/kernel';
import type { Admission, DeviceListener, OutgoingMessage, SilenceRule } from '@tallystick/ports';
import type { AuthGatewayDeps, DeviceIdentity } from '../gateway.types.ts';
import { closeAll } from './ground.ts';
import { DOORS, type DoorName, type Entrance } from './listeners.ts';

type Listener = DeviceListener<DeviceIdentity>;

/** What is asked of whichever listener has a session: see DeviceListener. */
export interface Doors {
  readonly cut: (sessionId: string, reason: string) => boolean;
  readonly send: (sessionId: string, message: OutgoingMessage) => boolean;
  readonly promote: (sessionId: string, admission: Admission<DeviceIdentity>) => boolean;
}

export interface Hosts extends Pick<Entrance, 'authority' | 'onTurnedAway'> {
  /** The key of a TLS-PSK handshake. */
  readonly pskOf: (identity: string) => Uint8Array;
}

/** Before a port, IPv6 stands in brackets (RFC 3986, 3.2.2). */
const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host);

/**
 * All ports that devices come in by, and the sessions behind them. A port that takes TLS alone is
 * open while there is a certificate.
 */
export class DeviceDoors implements Doors {
  readonly #deps: AuthGatewayDeps;
  readonly #listeners = new Map<DoorName, Listener>();
  readonly cut: Doors['cut'];
  readonly send: Doors['send'];
  readonly promote: Doors['promote'];
  #fault: string | null = null;
  #opening: Promise<void> = Promise.resolve();
  #isOpen = false;
  #closed = false;

  constructor(deps: AuthGatewayDeps) {
    this.#deps = deps;
    const one = (does: (listener: Listener) => boolean): boolean =>
      [...this.#listeners.values()].some(does);
    this.cut = (sessionId, reason) => one((listener) => listener.cut(sessionId, reason));
    this.send = (sessionId, message) => one((listener) => listener.send(sessionId, message));
    this.promote = (sessionId, admission) =>
      one((listener) => listener.promote(sessionId, admission));
  }

  /** True once every port is open that can be, or is `off`. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** For /readyz: `ok`, or why the TLS ports are shut. */
  get tlsState(): string {
    return this.#fault ?? this.#deps.tls.state();
  }

  /** Throws where a port cannot be had; what was opened by then is closed by `close`. */
  async open({ pskOf, ...hosts }: Hosts): Promise<void> {
    const { tls: identities, logger, clock, settings } = this.#deps;
    const { deviceHost, deviceHostGuessed } = settings;
    if (deviceHostGuessed)
      logger.warn({}, `devices are told the host ${deviceHost}: TALLYSTICK_DEVICE_HOST sets it`);
    const tls = createTlsDoor({ identities: null, pskOf, log: logger });
    const table = createSessionTable<DeviceIdentity>({ monotonicMs: () => clock.monotonicMs() });
    const { maxConnections } = settings.limits;
    const door = new Door({ ...DEFAULT_FRONT_LIMITS, maxConnections });
    const portOf = (name: DoorName): number | null => this.#listeners.get(name)?.port ?? null;
    const entrance = { ...hosts, tls, door, table, portOf };
    identities.onChange(() => void this.#useAnew(entrance));
    this.#use(tls);
    await this.#openAll(entrance);
    this.#isOpen = true;
  }

  #use(tls: TlsDoor): void {
    tls.use(this.#deps.tls.current());
  }

  /** Doors that cannot be opened now stay shut, and the others serve. */
  async #useAnew(entrance: Entrance): Promise<void> {
    try {
      this.#use(entrance.tls);
      await this.#openAll(entrance);
      this.#fault = null;
    } catch (err) {
      this.#fault = err instanceof Error ? err.message : 'unknown';
      this.#deps.logger.error({ err }, 'a new certificate cannot be served on every TLS port');
    }
  }

  /** One after the other: two at a time would open the same port. */
  #openAll(entrance: Entrance): Promise<void> {
    this.#opening = this.#opening.catch(() => undefined).then(() => this.#openEach(entrance));
    return this.#opening;
  }

  /** Those that can be had, whatever becomes of the others; throws the first failure. */
  async #openEach(entrance: Entrance): Promise<void> {
    const failures: unknown[] = [];
    for (const name of keysOf(DOORS))
      await this.#openDoor(name, entrance).catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw failures[0];
  }

  async #openDoor(name: DoorName, entrance: Entrance): Promise<void> {
    const { settings, home } = this.#deps;
    const port = settings[`${name}Port`];
    const waits = DOORS[name].takes === 'tls' && !entrance.tls.isOpen;
    if (port === null || waits || this.#closed || this.#listeners.has(name)) return;
    const listener = await DOORS[name].open(this.#deps, entrance, name, port);
    this.#listeners.set(name, listener);
    if (this.#closed) await listener.close();
    else home.publishPort(name, listener.port);
  }

  /** `host:port` where devices are told to connect: over TLS where that is open. */
  deviceAddress(): string {
    const listener = this.#listeners.get('mqtts') ?? this.#listeners.get('mqtt');
    return `${bracketed(this.#deps.settings.deviceHost)}:${listener?.port ?? 0}`;
  }

  allowSilence(sessionId: string, rule: SilenceRule | null): void {
    for (const listener of this.#listeners.values()) listener.allowSilence(sessionId, rule);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await closeAll([...this.#listeners.values()]);
  }
}
