import { err, ok, type Result } from '@tallystick/kernel';
import type { BadFile } from './parse-header.ts';
import type { RowParser } from './row-parser.ts';
import type { SourceRow } from './row.types.ts';

/**
 * Rows that are decided and appended together. Whatever else is appended waits for one such append,
 * a revocation too: twice as many cost a tenth less CPU a row, and let it wait twice as long.
 */
export const CHUNK_ROWS = 500;
/** Of the file: rows are long where they have many tags. */
const CHUNK_BYTES = 524_288;

/** The rows of a body, read as they are asked for: what is not asked for is not read. */
export class RowSource {
  readonly #pieces: AsyncIterator<Uint8Array>;
  readonly #parser: RowParser;
  #held: readonly SourceRow[] = [];
  #ended = false;
  #broken: unknown = null;

  constructor(body: AsyncIterable<Uint8Array>, parser: RowParser) {
    this.#pieces = body[Symbol.asyncIterator]();
    this.#parser = parser;
  }

  /** Why the body did not come to its end; null: it did, or is not there yet. */
  broken(): unknown {
    return this.#broken;
  }

  /** How many rows the next chunk has; 0: there are no more. */
  async fill(): Promise<Result<number, BadFile>> {
    for (;;) {
      const { full, rows } = this.#chunk();
      if (full || this.#ended) return ok(rows);
      const more = await this.#readOn();
      if (!more.ok) return err(more.error);
      this.#held = this.#held.concat(more.value);
    }
  }

  /** So many rows; fewer where the file has no more. */
  async take(count: number): Promise<readonly SourceRow[]> {
    while (this.#held.length < count && !this.#ended) {
      const more = await this.#readOn();
      if (!more.ok) break;
      this.#held = this.#held.concat(more.value);
    }
    const taken = this.#held.slice(0, count);
    this.#held = this.#held.slice(count);
    return taken;
  }

  /** Gives rows back that were taken last: they come again. */
  unread(rows: readonly SourceRow[]): void {
    this.#held = [...rows, ...this.#held];
  }

  async #readOn(): Promise<Result<readonly SourceRow[], BadFile>> {
    let next: IteratorResult<Uint8Array>;
    try {
      next = await this.#pieces.next();
    } catch (error) {
      this.#ended = true;
      this.#broken = error;
      return ok(this.#parser.cut());
    }
    if (next.done !== true) return this.#parser.push(next.value);
    this.#ended = true;
    return this.#parser.end();
  }

  /** Of how many of the held rows the next chunk is, and whether it needs no more. */
  #chunk(): { readonly full: boolean; readonly rows: number } {
    let bytes = 0;
    for (const [index, { raw }] of this.#held.entries()) {
      bytes += raw.length;
      if (index + 1 === CHUNK_ROWS || bytes >= CHUNK_BYTES) return { full: true, rows: index + 1 };
    }
    return { full: false, rows: this.#held.length };
  }
}
