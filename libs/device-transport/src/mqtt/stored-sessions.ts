import { filterCost } from './filter-cost.ts';
import type { SessionTableLimits } from './limits.ts';

/** Filter → granted QoS: what a session with clean session 0 keeps while its device is away. */
export type StoredFilters = ReadonlyMap<string, number>;

interface Kept {
  readonly filters: StoredFilters;
  readonly until: number;
  /** All it costs. */
  readonly bytes: number;
}

/** The memory of a stored session without its filters. */
const SESSION_BYTES = 512;

function filterBytesOf(filters: StoredFilters): number {
  let bytes = 0;
  for (const filter of filters.keys()) bytes += filterCost(filter);
  return bytes;
}

/**
 * Sessions whose devices are away, the longest away first: bounded in number, age and bytes,
 * filters included.
 */
export class StoredSessions {
  readonly #limits: SessionTableLimits;
  readonly #monotonicMs: () => number;
  readonly #kept = new Map<string, Kept>();
  #bytes = 0;

  constructor(limits: SessionTableLimits, monotonicMs: () => number) {
    this.#limits = limits;
    this.#monotonicMs = monotonicMs;
  }

  get size(): number {
    return this.#kept.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  put(key: string, filters: StoredFilters): void {
    this.#drop(key);
    const bytes = SESSION_BYTES + filterBytesOf(filters);
    const until = this.#monotonicMs() + this.#limits.storedSeconds * 1000;
    this.#kept.set(key, { filters, until, bytes });
    this.#bytes += bytes;
    this.#makeRoom();
  }

  /** Gives it to the one that resumes (or wipes) it; undefined: nothing stored. */
  take(key: string): StoredFilters | undefined {
    this.#makeRoom();
    const kept = this.#kept.get(key);
    this.#drop(key);
    return kept?.filters;
  }

  #drop(key: string): void {
    const kept = this.#kept.get(key);
    if (kept === undefined) return;
    this.#kept.delete(key);
    this.#bytes -= kept.bytes;
  }

  /** A map keeps the order of insertion, and all live equally long: the front is the oldest. */
  #makeRoom(): void {
    const now = this.#monotonicMs();
    for (const [key, { until }] of this.#kept) {
      const full =
        this.#kept.size > this.#limits.storedSessions || this.#bytes > this.#limits.storedBytes;
      if (!full && until > now) return;
      this.#drop(key);
    }
  }
}
