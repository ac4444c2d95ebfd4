import type { EpochMs } from '@tallystick/kernel';
import { minuteOf, type AuditEntry, type CountedAttempts } from '@tallystick/projections';

/** An attempt that was refused with 401, 403 or 429. */
export interface Refused extends Omit<AuditEntry, 'time'> {
  /** One row for each; else one for all of the same address, action and minute. */
  readonly alone: boolean;
}

/** Rows of their own in one minute; what comes after is counted. */
const MOST_ALONE = 1_000;
/** Counters that wait to be written; what finds no room is counted whoever it was. */
const MOST_COUNTED = 1_000;
const OTHERS = { tenant: 'default', actor: 'unknown', action: '* refused', remoteAddress: null };

type Counted = Omit<CountedAttempts, 'times'>;

const keyOf = ({ time, tenant, actor, action, remoteAddress }: Counted): string =>
  JSON.stringify([minuteOf(time), tenant, actor, action, remoteAddress]);

/** What waits to be written. Bounded, however long nothing can be written. */
export class NotedRefusals {
  #minute: EpochMs = 0;
  #aloneInMinute = 0;
  readonly #entries: AuditEntry[] = [];
  readonly #counted = new Map<string, CountedAttempts>();
  #others: CountedAttempts | null = null;

  note({ alone, ...refused }: Refused, time: EpochMs): void {
    const minute = minuteOf(time);
    if (minute !== this.#minute) this.#aloneInMinute = 0;
    this.#minute = minute;
    const hasRow = alone && this.#aloneInMinute < MOST_ALONE;
    if (hasRow) this.#aloneInMinute += 1;
    if (hasRow) this.keep({ ...refused, time });
    else this.count({ ...refused, time, times: 1 });
  }

  keep(entry: AuditEntry): void {
    if (this.#entries.length < MOST_ALONE) this.#entries.push(entry);
    else this.count({ ...entry, times: 1 });
  }

  count(attempts: CountedAttempts): void {
    const { tenant, actor, action, remoteAddress, times } = attempts;
    const key = keyOf(attempts);
    const before = this.#counted.get(key);
    if (before === undefined && this.#counted.size >= MOST_COUNTED) {
      const others = this.#others ?? { ...OTHERS, time: attempts.time, times: 0 };
      this.#others = { ...others, times: others.times + times };
      return;
    }
    const time = before?.time ?? attempts.time;
    const sum = times + (before?.times ?? 0);
    this.#counted.set(key, { time, tenant, actor, action, remoteAddress, times: sum });
  }

  takeEntries(): readonly AuditEntry[] {
    return this.#entries.splice(0);
  }

  takeCounts(): readonly CountedAttempts[] {
    const counts = [...this.#counted.values(), ...(this.#others === null ? [] : [this.#others])];
    this.#counted.clear();
    this.#others = null;
    return counts;
  }
}
