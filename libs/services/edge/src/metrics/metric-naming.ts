/** What a name is checked with. */
export interface NamedMetric {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram' | 'summary';
  readonly labels: readonly string[];
}

const SNAKE = /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/;
const TYPES = /_(counter|gauge|histogram|summary|untyped)(_|$)/;
/** Prometheus counts in base units: seconds, bytes, metres. */
const NO_BASE_UNITS = new Set([
  ...['ms', 'us', 'ns', 's', 'sec', 'h', 'd', 'b', 'kb', 'mb', 'gb', 'tb', 'pb', 'm'],
  ...['milliseconds', 'microseconds', 'nanoseconds', 'minutes', 'hours', 'days', 'weeks'],
  ...['bits', 'kilobytes', 'megabytes', 'gigabytes', 'kibibytes', 'mebibytes', 'gibibytes'],
  ...['percent', 'percents'],
]);
/** What Prometheus itself adds to a histogram. */
const RESERVED_SUFFIX = /_(bucket|count|sum)$/;
const RESERVED_LABELS = new Set(['le', 'quantile']);

function unitProblems(name: string): string[] {
  const parts = name.split('_').filter((part) => NO_BASE_UNITS.has(part));
  return parts.map((part) => `"${part}" is no base unit`);
}

function suffixProblems({ name, type }: NamedMetric): string[] {
  const problems: string[] = [];
  if ((type === 'counter') !== name.endsWith('_total'))
    problems.push('counters, and they alone, end in _total');
  if (RESERVED_SUFFIX.test(name)) problems.push('_bucket, _count and _sum are kept for histograms');
  return problems;
}

/**
 * The naming rules of `promtool check metrics` (Prometheus, "Metric and label naming"); empty: it
 * has nothing to say.
 */
export function namingProblems(metric: NamedMetric): readonly string[] {
  const { name, help, labels } = metric;
  const problems = [...unitProblems(name), ...suffixProblems(metric)];
  if (help.trim() === '') problems.push('it has no help text');
  if (!SNAKE.test(name)) problems.push('a name is snake_case');
  if (TYPES.test(name)) problems.push('a name does not say its type');
  for (const label of labels) {
    if (!SNAKE.test(label)) problems.push(`label ${label}: a label is snake_case`);
    if (RESERVED_LABELS.has(label)) problems.push(`label ${label} is kept for Prometheus`);
  }
  return problems.map((problem) => `${name}: ${problem}`);
}
