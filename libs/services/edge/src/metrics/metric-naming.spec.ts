import { describe, expect, it } from 'vitest';
import { namingProblems, type NamedMetric } from './metric-naming.ts';

const problemsOf = (name: string, given: Partial<NamedMetric> = {}): readonly string[] =>
  namingProblems({ name, type: 'gauge', help: 'what it is', labels: [], ...given });

describe('how a metric is named (promtool check metrics)', () => {
  it.each([
    ['tallystick_logins_total', { type: 'counter', labels: ['decision', 'gateway_id'] }],
    ['tallystick_revoke_to_cut_seconds', { type: 'histogram' }],
    ['tallystick_spool_bytes', {}],
    ['process_start_time_seconds', {}],
  ] as const)('given %s, then there is nothing to say', (name, given) => {
    expect(problemsOf(name, given)).toEqual([]);
  });

  it.each([
    ['lag_milliseconds', {}, '"milliseconds" is no base unit'],
    ['lag_ms', {}, '"ms" is no base unit'],
    ['size_kb', {}, '"kb" is no base unit'],
    ['logins', { type: 'counter' }, 'counters, and they alone, end in _total'],
    ['handles_total', {}, 'counters, and they alone, end in _total'],
    ['logins_count', {}, '_bucket, _count and _sum are kept for histograms'],
    ['lag_gauge', {}, 'a name does not say its type'],
    ['inputLag', {}, 'a name is snake_case'],
    ['job:lag', {}, 'a name is snake_case'],
    ['lag_seconds', { help: '' }, 'it has no help text'],
    ['lag_seconds', { labels: ['gatewayId'] }, 'label gatewayId: a label is snake_case'],
    ['lag_seconds', { labels: ['le'] }, 'label le is kept for Prometheus'],
  ] as const)('given %s %o, then %s', (name, given, problem) => {
    expect(problemsOf(name, given)).toEqual([`${name}: ${problem}`]);
  });
});
