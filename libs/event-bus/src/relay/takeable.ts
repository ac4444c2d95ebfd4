import { PortError } from '@tallystick/kernel';
import { MAX_RECORD_BYTES, recordBytes, type BusRecord } from '@tallystick/ports';
import type { RelayDeps } from './relay.types.ts';

const NEVER =
  'what replaces it is too large as well: the lane stops, so that nothing counts as relayed';

/**
 * Makes a lane's records such that the bus takes them, so that none waits behind one that it will
 * never take. Records above the bound of every bus are replaced before they are sent. If the broker
 * takes less and refuses a batch, the events go one at a time until they have passed; of a refused
 * event the largest record is replaced.
 */
export class TakeableRecords {
  readonly #deps: Pick<RelayDeps, 'mapper' | 'onSetAside'>;
  #mostBytes = MAX_RECORD_BYTES;
  #largest = 0;
  #carefulUntil: number | null = null;

  constructor(deps: Pick<RelayDeps, 'mapper' | 'onSetAside'>) {
    this.#deps = deps;
  }

  /** One event at a time. */
  get careful(): boolean {
    return this.#carefulUntil !== null;
  }

  take(records: readonly BusRecord[]): readonly BusRecord[] {
    const taken = records.flatMap((record) => this.#takeOne(record));
    this.#largest = Math.max(0, ...taken.map(recordBytes));
    return taken;
  }

  #takeOne(record: BusRecord): readonly BusRecord[] {
    const bytes = recordBytes(record);
    if (bytes <= this.#mostBytes) return [record];
    const instead = this.#deps.mapper.instead(record);
    const why = `${bytes} bytes: ${instead === null ? 'it is passed over' : 'another says less'}`;
    this.#deps.onSetAside?.(record, why);
    if (instead === null) return [];
    if (recordBytes(instead) > this.#mostBytes) throw new PortError('misconfigured', NEVER);
    return [instead];
  }

  /** A batch was refused whose events stand at or before `position`. */
  refused(position: number): void {
    if (this.#carefulUntil === null) this.#carefulUntil = position;
    else this.#mostBytes = this.#largest - 1;
  }

  /** All up to `position` is committed. */
  passed(position: number): void {
    this.#mostBytes = MAX_RECORD_BYTES;
    if (this.#carefulUntil !== null && position >= this.#carefulUntil) this.#carefulUntil = null;
  }
}
