import { figureOf, quantile, type Aim, type MeasuredFigure } from '../figure.ts';

export interface Latencies {
  readonly ours: readonly number[];
  readonly floor: readonly number[];
}

export interface LatencyText {
  readonly floor: string;
  readonly boundBy: string;
  readonly note?: string;
  readonly p99Aim?: Aim;
}

/** p50 and p99 of samples, each beside the floor's. */
export function latencyFigures(
  names: Readonly<Record<'p50' | 'p99', string>>,
  { ours, floor }: Latencies,
  { floor: peer, boundBy, note, p99Aim }: LatencyText,
): readonly MeasuredFigure[] {
  const one = (name: string, share: number, aim: Aim | undefined): MeasuredFigure =>
    figureOf({
      ...{ name, unit: 'ms', rounds: ours, value: quantile(ours, share), boundBy },
      peer: { name: peer, rounds: floor, value: quantile(floor, share) },
      ...(aim === undefined ? {} : { aim }),
      ...(note === undefined ? {} : { note }),
    });
  return [one(names.p50, 0.5, undefined), one(names.p99, 0.99, p99Aim)];
}
