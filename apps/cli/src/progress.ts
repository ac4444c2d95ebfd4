import { grouped, type Output } from './output.ts';

/** How often a terminal's last line is drawn anew, and a line is written where there is none. */
const REDRAW_MS = 100;
const LINE_MS = 10_000;
const BAR_CELLS = 24;

const MB = 1_000_000;
const megabytes = (bytes: number): string => (bytes / MB).toFixed(1);

/** `[############------------]  50 %` */
function bar(part: number): string {
  const share = Math.min(1, Math.max(0, part));
  const full = Math.floor(share * BAR_CELLS);
  return `[${'#'.repeat(full)}${'-'.repeat(BAR_CELLS - full)}] ${String(Math.floor(share * 100)).padStart(3)} %`;
}

export interface Sent {
  readonly bytes: number;
  /** Null: not known before the end. */
  readonly totalBytes: number | null;
  readonly rows: number;
  readonly seconds: number;
}

/** `[####--…]  17 %  4.6 of 27.0 MB  91,200 rows  45,600 rows/s` */
export function sentLine({ bytes, totalBytes, rows, seconds }: Sent): string {
  const share = totalBytes === null ? [] : [bar(totalBytes === 0 ? 1 : bytes / totalBytes)];
  const of = totalBytes === null ? '' : ` of ${megabytes(totalBytes)}`;
  const speed = seconds > 0 ? [`${grouped(rows / seconds)} rows/s`] : [];
  return [...share, `${megabytes(bytes)}${of} MB`, `${grouped(rows)} rows`, ...speed].join('  ');
}

export interface Progress {
  /** How far it is, in words; drawn or written as often as the reader can use it. */
  show(line: () => string): void;
  /** Takes the drawn line away. */
  end(): void;
}

const SILENT: Progress = { show: () => undefined, end: () => undefined };

/**
 * On a terminal one line that is drawn anew, elsewhere a line now and then, none at all beside
 * --json.
 */
export function createProgress(
  { err, status }: Output,
  json: boolean,
  now: () => number = () => performance.now(),
): Progress {
  if (json) return SILENT;
  const everyMs = status === undefined ? LINE_MS : REDRAW_MS;
  let last = status === undefined ? now() : -Infinity;
  return {
    show: (line) => {
      const at = now();
      if (at - last < everyMs) return;
      last = at;
      (status ?? err)(line());
    },
    end: () => status?.(''),
  };
}
