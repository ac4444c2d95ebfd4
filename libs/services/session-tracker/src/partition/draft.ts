import type { DeviceSessions, GatewayStanding, SessionStep } from '@tallystick/domain';
import type { BusRecord } from '@tallystick/ports';
import { toChangelogRecord } from './changelog.codec.ts';
import type { PartitionState } from './partition-state.ts';
import { toCommandRecord, toPresenceRecord } from './presence-records.ts';

/** One produce request to a partition must stay below Kafka's 1 MiB. */
const MOST_OUTPUTS = 400;
const MOST_DEVICES = 200;

/** What one commit will change: nothing of it is state before the log has it. */
export class Draft {
  nextOffset: number;
  readonly #state: PartitionState;
  readonly #uuid: () => string;
  readonly #devices = new Map<string, DeviceSessions>();
  readonly #standings = new Map<string, GatewayStanding>();
  readonly #outputs: BusRecord[] = [];

  constructor(state: PartitionState, uuid: () => string) {
    this.#state = state;
    this.#uuid = uuid;
    this.nextOffset = state.nextOffset;
  }

  device(key: string): DeviceSessions {
    return this.#devices.get(key) ?? this.#state.device(key);
  }

  /** `cause`: what the events of this step are due to. */
  take(key: string, step: SessionStep, cause: string): void {
    if (step.device !== this.device(key)) this.#devices.set(key, step.device);
    for (const fact of step.facts) this.#outputs.push(toPresenceRecord(fact, this.#uuid(), cause));
    for (const command of step.commands) this.#outputs.push(toCommandRecord(command));
  }

  setStanding(gatewayId: string, standing: GatewayStanding): void {
    this.#standings.set(gatewayId, standing);
  }

  fence(gatewayId: string, incarnation: string, term: number, at: number): void {
    const kind = 'fence';
    this.#outputs.push(toCommandRecord({ kind, gatewayId, incarnation, term, at }));
  }

  get full(): boolean {
    return this.#outputs.length >= MOST_OUTPUTS || this.#devices.size >= MOST_DEVICES;
  }

  /** Nothing but the place in the input would be written. */
  get empty(): boolean {
    return this.#outputs.length + this.#devices.size + this.#standings.size === 0;
  }

  records(partition: number): BusRecord[] {
    const changed = (entry: Parameters<typeof toChangelogRecord>[1]) =>
      toChangelogRecord(partition, entry);
    return [
      ...this.#outputs,
      ...[...this.#devices].map(([key, device]) => changed({ kind: 'device', key, device })),
      ...[...this.#standings].map(([gatewayId, standing]) =>
        changed({ kind: 'gateway', gatewayId, standing }),
      ),
      changed({ kind: 'offset', nextOffset: this.nextOffset }),
    ];
  }

  /** To be called once the log has it. */
  settle(): void {
    for (const [key, device] of this.#devices) this.#state.put(key, device);
    for (const [gatewayId, standing] of this.#standings)
      this.#state.standings.set(gatewayId, standing);
    this.#state.nextOffset = this.nextOffset;
  }
}
