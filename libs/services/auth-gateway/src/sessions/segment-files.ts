import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { basename, join } from 'node:path';

const NAME = /^signals-(\d{12})\.jsonl$/;
const SEGMENT_BYTES = 1_048_576;

interface Segment {
  readonly sequence: number;
  bytes: number;
}

export interface SegmentLines {
  readonly sequence: number;
  readonly lines: readonly string[];
  readonly unreadable: boolean;
}

/**
 * Lines on disk in the order in which they were appended: files of about 1 MiB, read and removed
 * one after another. Bounded: beyond `maxBytes` the oldest file is dropped. A line torn by a crash
 * is passed over.
 */
export class SegmentFiles {
  readonly #folder: string;
  readonly #maxBytes: number;
  readonly #segments: Segment[];
  /**
   * The last file of an earlier run: nothing is appended to such files, because they may be moved
   * away.
   */
  readonly #earlier: number;
  /** The last file may end in half a line, left by a full disk: what is appended begins another. */
  #torn = false;
  /** Files that were dropped for want of room. */
  dropped = 0;

  constructor(folder: string, maxBytes: number) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#folder = folder;
    this.#maxBytes = maxBytes;
    this.#segments = readdirSync(folder)
      .map((name) => ({ name, sequence: Number(NAME.exec(name)?.[1] ?? Number.NaN) }))
      .filter(({ sequence }) => !Number.isNaN(sequence))
      .sort((a, b) => a.sequence - b.sequence)
      .map(({ name, sequence }) => ({ sequence, bytes: statSync(join(folder, name)).size }));
    this.#earlier = this.#segments.at(-1)?.sequence ?? 0;
  }

  get empty(): boolean {
    return this.#segments.length === 0;
  }

  get bytes(): number {
    return this.#segments.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  append(lines: readonly string[]): void {
    const text = [...(this.#torn ? [''] : []), ...lines].map((line) => `${line}\n`).join('');
    const segment = this.#writable();
    this.#torn = true;
    appendFileSync(this.#path(segment), text, { mode: 0o600 });
    this.#torn = false;
    segment.bytes += Buffer.byteLength(text);
    const [oldest] = this.#segments;
    if (this.bytes <= this.#maxBytes || oldest === undefined || oldest === segment) return;
    this.remove(oldest.sequence);
    this.dropped += 1;
  }

  /**
   * The oldest file's lines; what is appended later goes to another. Null: there is none. One that
   * cannot be read is moved away; the newest such is kept.
   */
  readOldest(): SegmentLines | null {
    const [oldest] = this.#segments;
    if (oldest === undefined) return null;
    if (this.#segments.length === 1) this.#begin();
    const { sequence } = oldest;
    try {
      const lines = readFileSync(this.#path(oldest), 'utf8').split('\n').slice(0, -1);
      return { sequence, lines, unreadable: false };
    } catch {
      return { sequence, lines: [], unreadable: this.#setAside(this.#path(oldest)) };
    }
  }

  /** False: there was nothing. What cannot even be moved is left where it is. */
  #setAside(path: string): boolean {
    if (!existsSync(path)) return false;
    const aside = join(this.#folder, 'signals.set-aside');
    try {
      rmSync(aside, { force: true, recursive: true });
      renameSync(path, aside);
    } catch {
      // The caller that appends reports a full disk.
    }
    return true;
  }

  /** Moves what an earlier run has left into another folder. False: there was nothing. */
  moveEarlier(folder: string): boolean {
    const later = this.#segments.findIndex(({ sequence }) => sequence > this.#earlier);
    const earlier = later < 0 ? [...this.#segments] : this.#segments.slice(0, later);
    if (earlier.length === 0) return false;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const segment of earlier) {
      const path = this.#path(segment);
      if (existsSync(path)) renameSync(path, join(folder, basename(path)));
      this.#segments.shift();
    }
    return true;
  }

  remove(sequence: number): void {
    const at = this.#segments.findIndex((segment) => segment.sequence === sequence);
    const [gone] = at < 0 ? [] : this.#segments.splice(at, 1);
    if (gone !== undefined) rmSync(this.#path(gone), { force: true, recursive: true });
    const [only] = this.#segments;
    if (this.#segments.length === 1 && only?.bytes === 0) this.#segments.length = 0;
  }

  #writable(): Segment {
    const last = this.#segments.at(-1);
    const full = last === undefined || last.bytes >= SEGMENT_BYTES;
    return full || last.sequence <= this.#earlier ? this.#begin() : last;
  }

  #begin(): Segment {
    const segment = { sequence: this.#next(), bytes: 0 };
    this.#segments.push(segment);
    return segment;
  }

  #sequence = 0;

  #next(): number {
    this.#sequence = Math.max(this.#sequence, this.#segments.at(-1)?.sequence ?? 0) + 1;
    return this.#sequence;
  }

  #path({ sequence }: Segment): string {
    return join(this.#folder, `signals-${String(sequence).padStart(12, '0')}.jsonl`);
  }
}
