import type { DoorLimit, TurnedAway } from '@tallystick/device-transport';
import { networkOf } from '@tallystick/kernel';
import type { Logger } from '@tallystick/services-edge';
import type { GatewayMetrics } from '../metrics.ts';

const WINDOW_MS = 60_000;
/**
 * Addresses (IPv6: networks of 64 bits) with lines of their own; a flood from more of them counts
 * together.
 */
const MOST_ADDRESSES = 1_000;
const OTHERS = 'others';

interface Tally {
  /** Its first line is younger than a window. */
  fresh: boolean;
  readonly since: Map<DoorLimit, number>;
}

/**
 * Counts sockets that were closed at the door, and tells of them: of each address the first at
 * once, and then, a minute apart, how many more there were, by limit.
 */
export class DoorWatch {
  readonly #metrics: Pick<GatewayMetrics, 'turnedAway'>;
  readonly #logger: Pick<Logger, 'warn'>;
  readonly #of = new Map<string, Tally>();
  readonly #timer: NodeJS.Timeout;

  constructor(metrics: Pick<GatewayMetrics, 'turnedAway'>, logger: Pick<Logger, 'warn'>) {
    this.#metrics = metrics;
    this.#logger = logger;
    this.#timer = setInterval(() => this.#endWindow(), WINDOW_MS);
    this.#timer.unref();
  }

  turnedAway({ address, limit }: TurnedAway): void {
    this.#metrics.turnedAway(limit);
    const network = networkOf(address);
    const room = this.#of.size < MOST_ADDRESSES || this.#of.has(network);
    const name = room ? network : OTHERS;
    const tally = this.#of.get(name);
    if (tally !== undefined) return void tally.since.set(limit, (tally.since.get(limit) ?? 0) + 1);
    this.#of.set(name, { fresh: true, since: new Map() });
    this.#tell(name, new Map([[limit, 1]]));
  }

  /** Logs the counts that were not logged yet. */
  close(): void {
    clearInterval(this.#timer);
    for (const [address, { since }] of this.#of) this.#tell(address, since);
    this.#of.clear();
  }

  #endWindow(): void {
    for (const [address, tally] of this.#of) {
      if (tally.fresh) tally.fresh = false;
      else if (tally.since.size === 0) this.#of.delete(address);
      else {
        this.#tell(address, tally.since);
        tally.since.clear();
      }
    }
  }

  #tell(address: string, counts: ReadonlyMap<DoorLimit, number>): void {
    const sockets = [...counts.values()].reduce((sum, count) => sum + count, 0);
    if (sockets === 0) return;
    const limits = Object.fromEntries(counts);
    this.#logger.warn({ address, sockets, limits }, 'sockets were closed at the door: too many');
  }
}
