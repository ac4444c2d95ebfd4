import type { DeviceCredential, Lane, ProductCredential } from '@tallystick/contracts';
import type { BusSubscription, Clock, EventBus, ViewStore } from '@tallystick/ports';
import type { RowChange } from './fold-record.ts';
import { LaneProgress, markName, toMark, UNREAD } from './lane-progress.ts';
import { withinMs } from '../waiting.ts';
import { PARTITIONS, partitionCounts } from './partition-counts.ts';
import { ColdReadiness } from './readiness.ts';
import { ViewApplier, type Applied, type LaneBatch } from './view-applier.ts';
import { LANE_TOPICS, openLane } from './view-lane.ts';
import { asRow, deviceRow, liveDevice, liveProduct, productRow } from './view-rows.ts';

/** Half of the compacted topic's delete.retention.ms (24 h): a tombstone missed for longer would admit a deleted device for ever. */
const MAX_AGE_MS = 12 * 3_600_000;
const COMPLETE = 'complete';
/** A lane whose broker is away is not waited for: what it would still bring is refused and read again. */
const LANES_CLOSE_MS = 1_000;

/** Products kept as objects between two changes of the view. */
const KEPT_PRODUCTS = 1_000;

/** What decisions read: the state at this moment, synchronously. */
export interface ViewLookup {
  product(productKey: string): ProductCredential | null;
  device(productKey: string, deviceKey: string): DeviceCredential | null;
}

export interface GatewayViewDeps {
  readonly store: ViewStore;
  readonly bus: EventBus;
  readonly clock: Clock;
  /** Names the consumer groups; of this incarnation, so that no dead member is waited for. */
  readonly groupPrefix: string;
  /** After the transaction and before the positions are reported: cuts what the changes forbid. */
  readonly onChanges: (changes: readonly RowChange[]) => void;
  readonly onProgress: (advanced: Lane) => void;
  readonly onFailed: (error: Error) => void;
}

/** This gateway's copy of all products and devices, and how far it has come. */
export class GatewayView implements ViewLookup {
  readonly #deps: GatewayViewDeps;
  #startedAt = 0;
  #readiness = new ColdReadiness();
  #applier: ViewApplier | null = null;
  #reopening: Promise<void> | null = null;
  #progress: Readonly<Record<Lane, LaneProgress>>;
  #lanes: readonly BusSubscription[] = [];
  #oldestFast: number | null = null;
  /** What is held was whole once, in this life of the process or before it. */
  #complete = false;
  /** Read since the last change: what every CONNECT of a fleet asks for. */
  readonly #products = new Map<string, ProductCredential>();
  /** Caught up since the start. */
  #ready = false;
  /** Counts the applies that changed a row. */
  version = 0;

  constructor(deps: GatewayViewDeps) {
    this.#deps = deps;
    this.#progress = this.#loadProgress();
  }

  /** Known devices may be let in: the view is whole and young enough, though it may still lack the newest. */
  get complete(): boolean {
    return this.#complete;
  }

  async open(): Promise<void> {
    const { store, clock, bus, groupPrefix, onFailed } = this.#deps;
    this.#startedAt = clock.now();
    this.#ready = false;
    this.#complete = store.checkpoint(COMPLETE) === true && !this.#tooOld();
    if (!this.#complete) await store.clear();
    this.#products.clear();
    this.#progress = this.#loadProgress();
    this.#readiness = new ColdReadiness();
    this.#oldestFast = null;
    const onApplied = (applied: Applied): void => this.#applied(applied);
    const applier = new ViewApplier({ store, clock, progress: this.#progress, onApplied });
    this.#applier = applier;
    const lane = (name: Lane): Promise<BusSubscription> =>
      openLane({
        ...{ bus, onFailed, lane: name, progress: this.#progress[name] },
        submit: (batch) => this.#submit(applier, batch),
        group: `${groupPrefix}-${name}`,
      });
    this.#lanes = await Promise.all([lane('fast'), lane('bulk')]);
  }

  #tooOld(): boolean {
    const { bulk } = this.#progress;
    return bulk.begun && this.#deps.clock.now() - bulk.lastTickAt > MAX_AGE_MS;
  }

  /** A gateway that was cut off for too long begins anew, as it would after a restart. */
  async #submit(applier: ViewApplier, batch: LaneBatch): Promise<void> {
    if (!this.#tooOld()) return applier.submit(batch);
    this.#reopening ??= this.#reopen().finally(() => (this.#reopening = null));
    throw new Error('the view is too old: it is thrown away and read again');
  }

  async #reopen(): Promise<void> {
    this.#ready = false;
    this.#complete = false;
    await Promise.all(this.#lanes.map((lane) => lane.close()));
    await this.open();
  }

  #loadProgress(): Readonly<Record<Lane, LaneProgress>> {
    const load = (lane: Lane): LaneProgress => {
      const partitions = this.#deps.bus.partitions(LANE_TOPICS[lane]);
      const marks = Array.from(
        { length: partitions },
        (_, partition) => toMark(this.#deps.store.checkpoint(markName(lane, partition))) ?? UNREAD,
      );
      return new LaneProgress(marks);
    };
    return { fast: load('fast'), bulk: load('bulk') };
  }

  #reported: Readonly<Record<Lane, number>> = { fast: 0, bulk: 0 };

  #applied({ changes, lowestFast }: Applied): void {
    if (lowestFast !== null)
      this.#oldestFast = Math.min(this.#oldestFast ?? lowestFast, lowestFast);
    if (changes.length > 0) {
      this.version += 1;
      this.#products.clear();
      this.#deps.onChanges(changes);
    }
    const now = { fast: this.fastPosition, bulk: this.bulkPosition };
    const before = this.#reported;
    this.#reported = now;
    if (now.fast > before.fast) this.#deps.onProgress('fast');
    if (now.bulk > before.bulk) this.#deps.onProgress('bulk');
    if (!this.#ready) this.#judgeReadiness();
  }

  #judgeReadiness(): void {
    const { fast, bulk } = this.#progress;
    const facts = { startedAt: this.#startedAt, fast, bulk, oldestFast: this.#oldestFast };
    if (!this.#readiness.update(facts)) return;
    this.#ready = true;
    this.#complete = true;
    const { bus, store } = this.#deps;
    void store.apply([], { [COMPLETE]: true, [PARTITIONS]: partitionCounts(bus) }).then(
      () => this.#deps.onProgress('fast'),
      (error: unknown) => this.#deps.onFailed(error as Error),
    );
  }

  /** All that had happened before the start is known. */
  get ready(): boolean {
    return this.#ready;
  }

  get fastPosition(): number {
    return this.#progress.fast.position;
  }

  get bulkPosition(): number {
    return this.#progress.bulk.position;
  }

  /** Of the fast lane: how old what is known may be. */
  stalenessMs(): number {
    return this.#progress.fast.stalenessMs(this.#deps.clock.now(), this.#deps.clock.monotonicMs());
  }

  product(productKey: string): ProductCredential | null {
    const kept = this.#products.get(productKey);
    if (kept !== undefined) return kept;
    const product = liveProduct(asRow(this.#deps.store.get(productRow(productKey))));
    if (product === null) return null;
    if (this.#products.size >= KEPT_PRODUCTS) this.#products.clear();
    this.#products.set(productKey, product);
    return product;
  }

  device(productKey: string, deviceKey: string): DeviceCredential | null {
    return liveDevice(asRow(this.#deps.store.get(deviceRow(productKey, deviceKey))));
  }

  count(): number {
    return this.#deps.store.count();
  }

  async close(): Promise<void> {
    const lanes = this.#reopening?.catch(() => undefined) ?? Promise.resolve();
    const closed = lanes.then(() => Promise.all(this.#lanes.map((lane) => lane.close())));
    await withinMs(closed, LANES_CLOSE_MS);
    await this.#applier?.flush();
    await this.#deps.store.close();
  }
}
