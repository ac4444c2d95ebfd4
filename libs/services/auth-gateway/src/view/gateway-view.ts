import type { DeviceCredential, Lane, ProductCredential } from '@tallystick/contracts';
import { isPortError } from '@tallystick/kernel';
import { keepTrying, withinMs, type BusSubscription } from '@tallystick/ports';
import type { GatewayViewDeps } from './gateway-view.types.ts';
import type { LaneProgress } from './lane-progress.ts';
import { PARTITIONS, partitionCounts } from './partition-counts.ts';
import { ColdReadiness } from './readiness.ts';
import type { Applied } from './group-fold.ts';
import { ViewApplier, type LaneBatch } from './view-applier.ts';
import { loadProgress, openLane } from './view-lane.ts';
import type { NodeIdHolders, ViewLookup } from './view-lookup.ts';
import { BUS, otherBus, otherStore } from './view-owner.ts';
import { ViewReader } from './view-reader.ts';
import { WriteTrouble } from './write-trouble.ts';

/**
 * Half of the compacted topic's delete.retention.ms (24 h): a tombstone missed for longer would
 * admit a deleted device for ever.
 */
const MAX_AGE_MS = 12 * 3_600_000;
const COMPLETE = 'complete';
/** Names the rows that a whole view has; a file of a release with fewer is read anew. */
const LAYOUT = 'layout';
const ROWS_OF_NODE_IDS = 2;
/**
 * A lane whose broker is away is not waited for: what it would still bring is refused and read
 * again.
 */
const LANES_CLOSE_MS = 1_000;
const REOPEN_PAUSE_MS = 1_000;

/** This gateway's copy of all products and devices, and how far it has come. */
export class GatewayView implements ViewLookup {
  readonly #deps: GatewayViewDeps;
  #startedAt = 0;
  #readiness = new ColdReadiness();
  #applier: ViewApplier | null = null;
  #reopening: Promise<void> | null = null;
  readonly #closing = new AbortController();
  readonly #trouble: WriteTrouble;
  #keepingComplete = false;
  #readAnew: string | null;
  #progress: Readonly<Record<Lane, LaneProgress>>;
  #lanes: readonly BusSubscription[] = [];
  #oldestFast: number | null = null;
  /** What is held was whole once, in this life of the process or before it. */
  #complete = false;
  readonly #rows: ViewReader;
  /** Caught up since the start. */
  #ready = false;
  /** Counts the applies that changed a row. */
  version = 0;

  constructor(deps: GatewayViewDeps) {
    this.#deps = deps;
    this.#readAnew = deps.readAnew;
    this.#rows = new ViewReader(deps);
    this.#trouble = new WriteTrouble(deps.logger, deps.clock);
    this.#progress = loadProgress(deps.bus, deps.store);
  }

  /**
   * Known devices may be let in: the view is whole and young enough, though it may still lack the
   * newest.
   */
  get complete(): boolean {
    return this.#complete;
  }

  async open(): Promise<void> {
    const { store, clock, bus, groupPrefix, onFailed } = this.#deps;
    this.#startedAt = clock.now();
    this.#ready = false;
    const whole = store.checkpoint(COMPLETE) === true;
    const earlier = whole && store.checkpoint(LAYOUT) !== ROWS_OF_NODE_IDS;
    if (earlier) this.#readAnew = 'an earlier release wrote it';
    this.#complete = whole && !earlier && !this.#tooOld();
    if (!this.#complete) await store.clear();
    this.#rows.changed();
    this.#progress = loadProgress(bus, store);
    this.#readiness = new ColdReadiness();
    this.#oldestFast = null;
    const applier = new ViewApplier({
      ...{ store, clock, progress: this.#progress },
      onStored: (changes) => this.#stored(changes),
      onApplied: (applied) => this.#applied(applied),
    });
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

  /**
   * A gateway that was cut off for too long, or whose view is of another store, starts with an
   * empty view, as after a restart.
   */
  async #submit(applier: ViewApplier, batch: LaneBatch): Promise<void> {
    // While it is read from the beginning it passes what stood there before.
    const other = this.#complete ? otherStore(batch, this.#progress) : null;
    if (other === null && !this.#tooOld()) return this.#write(applier, batch);
    this.#setAside(other ?? 'it was too old');
    throw new Error('the view is set aside and read again');
  }

  #setAside(why: string): void {
    if (this.#reopening === null)
      this.#deps.logger.error({ why }, 'the view is set aside and read anew');
    this.#readAnew = why;
    this.#reopening ??= this.#reopen().finally(() => (this.#reopening = null));
  }

  /** What cannot be written is delivered again, and the view goes on from its last good mark. */
  async #write(applier: ViewApplier, batch: LaneBatch): Promise<void> {
    try {
      await applier.submit(batch);
      this.#trouble.over();
    } catch (error) {
      this.#trouble.note(error);
      // Only a new process can open the file again.
      if (isPortError(error, 'corrupt')) this.#deps.onFailed(error);
      throw error;
    }
  }

  async #reopen(): Promise<void> {
    this.#ready = false;
    this.#complete = false;
    await Promise.all(this.#lanes.map((lane) => lane.close()));
    const { signal } = this.#closing;
    const anew = async (): Promise<void> => {
      await this.#deps.store.clear();
      await this.open();
    };
    const failed = (error: unknown): void => this.#trouble.note(error);
    await keepTrying(anew, { signal, everyMs: REOPEN_PAUSE_MS, failed });
  }

  #reported: Readonly<Record<Lane, number>> = { fast: 0, bulk: 0 };

  #stored(changes: Applied['changes']): void {
    if (changes.length === 0) return;
    this.version += 1;
    this.#rows.changed();
    this.#deps.onChanges(changes);
  }

  #applied({ lowestFast }: Applied): void {
    if (lowestFast !== null)
      this.#oldestFast = Math.min(this.#oldestFast ?? lowestFast, lowestFast);
    const { fast, bulk } = this.#reported;
    this.#reported = { fast: this.fastPosition, bulk: this.bulkPosition };
    if (this.fastPosition > fast) this.#deps.onProgress('fast');
    if (this.bulkPosition > bulk) this.#deps.onProgress('bulk');
    if (!this.#ready) this.#judgeReadiness();
  }

  #judgeReadiness(): void {
    const { fast, bulk } = this.#progress;
    const facts = { startedAt: this.#startedAt, fast, bulk, oldestFast: this.#oldestFast };
    if (this.#readiness.update(facts)) void this.#keepComplete();
  }

  /**
   * Ready once the store says that the view is whole; a write that fails is tried again at the next
   * apply.
   */
  async #keepComplete(): Promise<void> {
    if (this.#keepingComplete) return;
    this.#keepingComplete = true;
    const { bus, store, onProgress, onRead } = this.#deps;
    const applier = this.#applier;
    try {
      const other =
        store.checkpoint(BUS) === undefined ? null : otherBus(await bus.identity(), store);
      if (other !== null) return this.#setAside(other);
      await store.apply([], {
        ...{ [COMPLETE]: true, [LAYOUT]: ROWS_OF_NODE_IDS },
        ...{ [PARTITIONS]: partitionCounts(bus), [BUS]: await bus.identity() },
      });
      // The view was opened again meanwhile: this result is of the old one and is dropped.
      if (applier !== this.#applier) return;
      this.#ready = true;
      this.#complete = true;
      onRead();
      onProgress('fast');
    } catch (error) {
      this.#trouble.note(error);
    } finally {
      this.#keepingComplete = false;
    }
  }

  /** All that had happened before the start is known, and what happens now can be kept. */
  get ready(): boolean {
    return this.#ready && this.#trouble.failure === null;
  }

  /** In the words of /readyz. */
  get state(): string {
    if (this.#trouble.failure !== null) return this.#trouble.failure;
    if (this.#ready) return 'ok';
    return ['the view is catching up', this.#readAnew ?? []].flat().join(': ');
  }

  get fastPosition(): number {
    return this.#progress.fast.position;
  }

  get bulkPosition(): number {
    return this.#progress.bulk.position;
  }

  /** How old the view may be, judged by the fast lane. */
  stalenessMs(): number {
    return this.#progress.fast.stalenessMs(this.#deps.clock.now(), this.#deps.clock.monotonicMs());
  }

  product(productKey: string): ProductCredential | null {
    return this.#rows.product(productKey);
  }

  device(productKey: string, deviceKey: string): DeviceCredential | null {
    return this.#rows.device(productKey, deviceKey);
  }

  deviceById(deviceId: string): DeviceCredential | null {
    return this.#rows.deviceById(deviceId);
  }

  devicesByNodeId(nodeId: string): NodeIdHolders {
    return this.#rows.devicesByNodeId(nodeId);
  }

  count(): number {
    return this.#deps.store.count();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    const lanes = this.#reopening?.catch(() => undefined) ?? Promise.resolve();
    const closed = lanes.then(() => Promise.all(this.#lanes.map((lane) => lane.close())));
    await withinMs(closed, LANES_CLOSE_MS);
    // What is not written now is read again after the next start.
    await this.#applier?.flush().catch((error: unknown) => this.#trouble.note(error));
    await this.#deps.store.close();
  }
}
