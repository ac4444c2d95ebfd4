/** What `--json` writes, one per figure. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What the value is held against, measured in the same run. */
  readonly peer: string | null;
  readonly peerValue: number | null;
  /** value / peerValue */
  readonly ratio: number | null;
  readonly aim: string | null;
  readonly met: boolean | null;
}

/** A figure with what a reader of the table wants to know besides. */
export interface MeasuredFigure extends Figure {
  /** Lowest and highest over the rounds (or the samples). */
  readonly spread: readonly [number, number];
  readonly peerSpread: readonly [number, number] | null;
  readonly boundBy: string;
  readonly note: string;
}

export interface Aim {
  readonly of: 'value' | 'ratio';
  readonly is: 'at least' | 'at most';
  readonly than: number;
}

export interface Measurement {
  readonly name: string;
  readonly unit: string;
  /** One per round; the value is their median unless it is given. */
  readonly rounds: readonly number[];
  readonly value?: number;
  /** Without rounds: the peer is missing here, and its name says why. */
  readonly peer?: {
    readonly name: string;
    readonly rounds: readonly number[];
    readonly value?: number;
  };
  readonly aim?: Aim;
  readonly boundBy: string;
  readonly note?: string;
}

export function quantile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

export function median(samples: readonly number[]): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  return Number.isInteger(middle) ? (upper + (sorted[middle - 1] ?? upper)) / 2 : upper;
}

/** Three digits are what repeated runs bear out. */
export function rounded(value: number): number {
  return Number(value.toPrecision(3));
}

const spreadOf = (samples: readonly number[]): readonly [number, number] => [
  rounded(Math.min(...samples)),
  rounded(Math.max(...samples)),
];

function judge(aim: Aim | undefined, value: number, ratio: number | null): boolean | null {
  const judged = aim?.of === 'ratio' ? ratio : value;
  if (aim === undefined || judged === null) return null;
  return aim.is === 'at least' ? judged >= aim.than : judged <= aim.than;
}

function aimText({ of, is, than }: Aim, unit: string): string {
  const sign = is === 'at least' ? '>=' : '<=';
  return of === 'ratio' ? `ratio ${sign} ${than}` : `${sign} ${than} ${unit}`;
}

const orNull = (value: number | null): number | null => (value === null ? null : rounded(value));

function compared(peer: Measurement['peer']): {
  readonly peer: string | null;
  readonly peerValue: number | null;
  readonly peerSpread: MeasuredFigure['peerSpread'];
} {
  if (peer === undefined) return { peer: null, peerValue: null, peerSpread: null };
  const { name, rounds, value } = peer;
  if (rounds.length === 0) return { peer: name, peerValue: null, peerSpread: null };
  return { peer: name, peerValue: value ?? median(rounds), peerSpread: spreadOf(rounds) };
}

export function figureOf(measured: Measurement): MeasuredFigure {
  const { name, unit, rounds, aim, boundBy, note = '' } = measured;
  const value = measured.value ?? median(rounds);
  const { peer, peerValue, peerSpread } = compared(measured.peer);
  const ratio = peerValue === null ? null : value / peerValue;
  return {
    ...{ name, unit, value: rounded(value), peer, peerValue: orNull(peerValue) },
    ratio: orNull(ratio),
    aim: aim === undefined ? null : aimText(aim, unit),
    met: judge(aim, value, ratio),
    ...{ spread: spreadOf(rounds), peerSpread, boundBy, note },
  };
}
