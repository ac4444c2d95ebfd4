import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startStack, type Stack } from '../stack/stack.ts';
import type { MeasuredFigure } from './figure.ts';

interface Stoppable {
  stop(): Promise<unknown>;
}

/** Whatever a part of the run has started, stopped in the reverse order. */
export class Scope {
  readonly #stops: (() => Promise<unknown> | void)[] = [];
  #closed = false;

  /** What comes up after the end is stopped all the same. */
  keep<T extends Stoppable>(thing: T): T {
    this.#stops.push(() => thing.stop());
    if (this.#closed) throw new Error('the run has been stopped');
    return thing;
  }

  folder(): string {
    const folder = mkdtempSync(join(tmpdir(), 'tallystick-bench-'));
    this.#stops.push(() => rmSync(folder, { recursive: true, force: true }));
    return folder;
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (let stop = this.#stops.pop(); stop !== undefined; stop = this.#stops.pop())
      await Promise.resolve(stop()).catch(() => undefined);
  }
}

/** How large a run is. */
export interface Sizes {
  readonly quick: boolean;
  /** The first in a full run, the second with --quick. */
  of(full: number, quick: number): number;
}

/** What the figures share. */
export interface World {
  readonly sizes: Sizes;
  /** Of the figure under way. */
  readonly scope: Scope;
  /** Kafka and PostgreSQL, started by the first that asks. */
  stack(): Promise<Stack>;
  say(what: string): void;
}

/** A group of figures that come from one set-up. */
export interface Bench {
  readonly id: string;
  readonly names: readonly string[];
  run(world: World): Promise<readonly MeasuredFigure[]>;
}

export class BenchWorld {
  readonly #whole = new Scope();
  readonly #sizes: Sizes;
  #current = new Scope();
  #stack: Promise<Stack> | undefined;

  constructor(quick: boolean) {
    this.#sizes = { quick, of: (full, small) => (quick ? small : full) };
  }

  /** One group at a time, with a scope of its own that ends with it. */
  async run(bench: Bench): Promise<readonly MeasuredFigure[]> {
    this.#current = new Scope();
    const say = (what: string): void => void process.stderr.write(`${bench.id}: ${what}\n`);
    const world: World = {
      say,
      sizes: this.#sizes,
      scope: this.#current,
      stack: () => (this.#stack ??= this.#start(say)),
    };
    try {
      return await bench.run(world);
    } finally {
      await this.#current.close();
    }
  }

  async close(): Promise<void> {
    await this.#current.close();
    await this.#whole.close();
  }

  async #start(say: World['say']): Promise<Stack> {
    say('starting Kafka and PostgreSQL');
    return this.#whole.keep(await startStack());
  }
}
