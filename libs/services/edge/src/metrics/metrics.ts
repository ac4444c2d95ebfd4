import { Counter, Gauge, Histogram, type Metric } from 'prom-client';
import { allowedLabels, createCleaner, type LabelSets, type LabelsOf } from './labels.ts';
import { namingProblems, type NamedMetric } from './metric-naming.ts';
import { processRegister } from './process-metrics.ts';

/** A number that only grows. */
export interface CounterMetric<L extends LabelSets> {
  add(labels: LabelsOf<L>, by?: number): void;
}

export interface HistogramMetric<L extends LabelSets> {
  /** In the metric's unit: seconds. */
  observe(labels: LabelsOf<L>, value: number): void;
}

export interface Sample<N extends string> {
  readonly labels: Readonly<Record<N, string>>;
  readonly value: number;
}

export interface GaugeMetric<N extends string> {
  /**
   * Read at each scrape until the answer is called; several sources of one process are added up, or
   * the largest is shown.
   */
  show(read: () => readonly Sample<N>[]): () => void;
}

/** From half a millisecond to half a minute. */
export const SECONDS: readonly number[] = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
];

/** More series than these are not begun with 0. */
const MOST_ZEROS = 16;

/** A badly named metric is a defect: the process does not start with it. */
function checked<M extends NamedMetric>(metric: M): M {
  const problems = namingProblems(metric);
  if (problems.length > 0) throw new Error(problems.join('; '));
  return metric;
}

/**
 * Label values come from the closed sets that are given here: anything else is counted as `other`.
 */
export function counter<const L extends LabelSets>(
  name: string,
  help: string,
  labels: L,
): CounterMetric<L> {
  const labelNames = Object.keys(labels);
  checked({ name, help, type: 'counter', labels: labelNames });
  const made = new Counter({ name, help, labelNames, registers: [processRegister] });
  // A series that begins at 1 shows no increase: it begins at 0.
  const all = allowedLabels(labels);
  if (all.length <= MOST_ZEROS) for (const series of all) made.inc(series, 0);
  const clean = createCleaner(labels);
  return { add: (given, by = 1) => made.inc(clean(given), by) };
}

/** As {@link counter}. */
export function histogram<const L extends LabelSets>(
  name: string,
  help: string,
  labels: L,
  buckets: readonly number[] = SECONDS,
): HistogramMetric<L> {
  const labelNames = Object.keys(labels);
  checked({ name, help, type: 'histogram', labels: labelNames });
  const registers = [processRegister];
  const made = new Histogram({ name, help, labelNames, registers, buckets: [...buckets] });
  const clean = createCleaner(labels);
  return { observe: (given, value) => made.observe(clean(given), Math.max(0, value)) };
}

type Combine = (values: readonly number[]) => number;

const COMBINE: Readonly<Record<'sum' | 'max', Combine>> = {
  sum: (values) => values.reduce((total, value) => total + value, 0),
  max: (values) => Math.max(...values),
};

/**
 * Its values are read at each scrape, so a series disappears together with its subject. Labels may
 * therefore hold names that operators give (a gateway's id).
 */
export function gauge<const N extends string = never>(
  name: string,
  help: string,
  labelNames: readonly N[] = [],
  combine: keyof typeof COMBINE = 'sum',
): GaugeMetric<N> {
  checked({ name, help, type: 'gauge', labels: labelNames });
  const sources = new Set<() => readonly Sample<N>[]>();
  new Gauge({
    name,
    help,
    labelNames: [...labelNames],
    registers: [processRegister],
    collect() {
      this.reset();
      const samples = [...sources].flatMap((read) => read());
      const keyOf = ({ labels }: Sample<N>): string =>
        JSON.stringify(labelNames.map((label) => labels[label]));
      for (const same of Map.groupBy(samples, keyOf).values())
        this.set({ ...same[0]?.labels }, COMBINE[combine](same.map(({ value }) => value)));
    },
  });
  return {
    show: (read) => {
      sources.add(read);
      return () => void sources.delete(read);
    },
  };
}

/** One sample of a gauge without labels. */
export const one = (value: number): readonly Sample<never>[] => [{ labels: {}, value }];

/** Every metric that this process has defined; for the spec of their names and for documents. */
export function definedMetrics(): readonly NamedMetric[] {
  const made: readonly object[] = processRegister.getMetricsAsArray();
  return made
    .filter(isDefined)
    .map(({ name, help, type, labelNames }) => ({ name, help, type, labels: labelNames }));
}

const isDefined = (made: object): made is DefinedMetric => 'labelNames' in made;

/** What a metric of the library knows of itself, beyond its published type. */
type DefinedMetric = Metric &
  Pick<NamedMetric, 'name' | 'help' | 'type'> & {
    readonly labelNames: readonly string[];
  };
