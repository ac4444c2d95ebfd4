import {
  initialSessions,
  type DeviceSessions,
  type GatewayStanding,
  type LiveSession,
} from '@tallystick/domain';

/**
 * How many offline devices keep the memory of their last sessions. Others rest: epoch and
 * generation in one number, about 170 bytes a device with its key.
 */
const RESTING_AFTER = 20_000;
const GENERATIONS = 1_024;

export interface SeenGateway {
  readonly gatewayId: string;
  readonly incarnation: string;
  readonly term: number;
}

/** All sessions of one partition: what the changelog holds, with the indexes that make it quick. */
export class PartitionState {
  nextOffset = 0;
  onlineDevices = 0;
  sessions = 0;
  readonly standings = new Map<string, GatewayStanding>();
  readonly #devices = new Map<string, DeviceSessions>();
  readonly #resting = new Map<string, number>();
  /** When the newest session was opened that any of them had. */
  #restedUpTo = 0;
  /** Devices by the gateways where they have live sessions. */
  readonly #byGateway = new Map<string, Set<string>>();
  readonly #superseded = new Set<string>();
  readonly #leaving = new Set<string>();
  /** Offline devices, the longest quiet first. */
  readonly #quiet = new Set<string>();

  device(key: string): DeviceSessions {
    const awake = this.#devices.get(key);
    if (awake !== undefined) return awake;
    const resting = this.#resting.get(key);
    if (resting === undefined) return initialSessions;
    const epoch = Math.floor(resting / GENERATIONS);
    const forgotten = [{ incarnation: null, openedAt: this.#restedUpTo }];
    return { ...initialSessions, epoch, generation: resting % GENERATIONS, forgotten };
  }

  put(key: string, device: DeviceSessions): void {
    const before = this.device(key);
    this.#devices.set(key, device);
    this.#resting.delete(key);
    this.onlineDevices += Number(device.live.length > 0) - Number(before.live.length > 0);
    this.sessions += device.live.length - before.live.length;
    for (const { gatewayId } of before.live) this.#byGateway.get(gatewayId)?.delete(key);
    for (const session of device.live) this.#index(key, session);
    keep(
      this.#superseded,
      key,
      device.live.some(({ supersededAt }) => supersededAt !== null),
    );
    keep(
      this.#leaving,
      key,
      device.live.some(({ left }) => left !== null),
    );
    this.#quiet.delete(key);
    if (device.live.length === 0) this.#rest(key);
  }

  devicesAt(gatewayId: string): readonly string[] {
    return [...(this.#byGateway.get(gatewayId) ?? [])];
  }

  /** Devices that have left a session, perhaps for another one. */
  leaving(): readonly string[] {
    return [...this.#leaving];
  }

  /** Devices with a session whose successor is awaited. */
  superseded(): readonly string[] {
    return [...this.#superseded];
  }

  /** Those sessions. */
  awaiting(): readonly string[] {
    return this.superseded().flatMap((key) =>
      this.device(key)
        .live.filter(({ supersededAt }) => supersededAt !== null)
        .map(({ facts }) => facts.sessionId),
    );
  }

  /** Gateways of live sessions, each with its highest term. */
  gateways(): SeenGateway[] {
    const seen: SeenGateway[] = [];
    for (const [gatewayId, keys] of this.#byGateway) {
      const newest = this.#newestAt(gatewayId, keys);
      if (newest !== null) seen.push({ gatewayId, ...newest });
    }
    return seen;
  }

  #newestAt(gatewayId: string, keys: ReadonlySet<string>) {
    const known = this.standings.get(gatewayId)?.incarnation;
    let newest: { incarnation: string; term: number } | null = null;
    for (const key of keys) {
      for (const { gatewayId: at, incarnation, term } of this.device(key).live) {
        if (at !== gatewayId || (known !== undefined && incarnation !== known)) continue;
        if (newest === null || term > newest.term) newest = { incarnation, term };
      }
    }
    return newest;
  }

  #index(key: string, { gatewayId }: LiveSession): void {
    const keys = this.#byGateway.get(gatewayId) ?? new Set();
    this.#byGateway.set(gatewayId, keys.add(key));
  }

  #rest(key: string): void {
    this.#quiet.add(key);
    if (this.#quiet.size <= RESTING_AFTER) return;
    for (const oldest of this.#quiet) {
      this.#quiet.delete(oldest);
      const { epoch, generation, ended, forgotten } = this.device(oldest);
      if (generation >= GENERATIONS) return;
      const opened = [...ended, ...forgotten].map(({ openedAt }) => openedAt);
      this.#restedUpTo = Math.max(this.#restedUpTo, ...opened);
      this.#devices.delete(oldest);
      this.#resting.set(oldest, epoch * GENERATIONS + generation);
      return;
    }
  }
}

function keep(keys: Set<string>, key: string, there: boolean): void {
  if (there) keys.add(key);
  else keys.delete(key);
}
