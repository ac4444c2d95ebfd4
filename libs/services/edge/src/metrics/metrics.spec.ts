import { describe, expect, it } from 'vitest';
import { namingProblems } from './metric-naming.ts';
import { counter, definedMetrics, gauge, histogram, one } from './metrics.ts';
import { collectProcessMetrics, metricsText } from './process-metrics.ts';

const linesOf = async (name: string): Promise<readonly string[]> =>
  (await metricsText()).text.split('\n').filter((line) => line.startsWith(name));

describe('the metrics of a process', () => {
  it('given a counter over a small closed set, then each of its series begins at 0', async () => {
    const doors = counter('spec_doors_total', 'Doors', { side: ['left', 'right'] });
    doors.add({ side: 'right' });
    doors.add({ side: 'right' }, 2);
    expect(await linesOf('spec_doors_total')).toEqual([
      'spec_doors_total{side="left"} 0',
      'spec_doors_total{side="right"} 3',
    ]);
  });

  it('given values that are not of the set, as from the wire, then they are one series together', async () => {
    const words = counter('spec_words_total', 'Words', { word: ['known'] });
    for (let n = 0; n < 1_000; n += 1) words.add({ word: `wire-${n}` as 'known' });
    words.add({ word: '__proto__' as 'known' });
    words.add({} as { word: 'known' });
    expect(await linesOf('spec_words_total')).toEqual([
      'spec_words_total{word="known"} 0',
      'spec_words_total{word="other"} 1002',
    ]);
  });

  it('given a gauge, then each scrape asks its sources, and what is hidden is gone', async () => {
    const leases = gauge('spec_lease_seconds', 'Leases', ['gateway_id'], 'max');
    const sample = (gateway_id: string, value: number) => ({ labels: { gateway_id }, value });
    const hide = leases.show(() => [sample('a', 3), sample('b', 7)]);
    leases.show(() => [sample('a', 5)]);
    expect(await linesOf('spec_lease_seconds')).toEqual([
      'spec_lease_seconds{gateway_id="a"} 5',
      'spec_lease_seconds{gateway_id="b"} 7',
    ]);
    hide();
    expect(await linesOf('spec_lease_seconds')).toEqual(['spec_lease_seconds{gateway_id="a"} 5']);
  });

  it('given several sources without labels, then they are added up', async () => {
    const sessions = gauge('spec_sessions', 'Sessions');
    expect(await linesOf('spec_sessions')).toEqual(['spec_sessions 0']);
    sessions.show(() => one(2));
    sessions.show(() => one(3));
    expect(await linesOf('spec_sessions')).toEqual(['spec_sessions 5']);
  });

  it('given a histogram, then it counts in seconds; a clock that went back counts as none', async () => {
    const cuts = histogram('spec_cut_seconds', 'Cuts', {});
    cuts.observe({}, 0.2);
    cuts.observe({}, -5);
    const lines = await linesOf('spec_cut_seconds');
    expect(lines).toContain('spec_cut_seconds_bucket{le="0.0005"} 1');
    expect(lines).toContain('spec_cut_seconds_bucket{le="0.25"} 2');
    expect(lines).toContain('spec_cut_seconds_count 2');
    expect(lines).toContain('spec_cut_seconds_sum 0.2');
  });

  it('given a name that promtool would find fault with, then it is refused at once', () => {
    expect(() => gauge('spec_lag_milliseconds', 'Lag')).toThrow('no base unit');
    expect(() => counter('spec_lags', 'Lags', {})).toThrow('_total');
    expect(() => histogram('spec_lag_seconds', '', {})).toThrow('no help text');
  });

  it('given the figures of process and Node.js, then their names have no fault either', async () => {
    collectProcessMetrics();
    collectProcessMetrics();
    const { text, contentType } = await metricsText();
    expect(contentType).toContain('text/plain; version=0.0.4');
    for (const name of ['process_cpu_seconds_total', 'process_resident_memory_bytes'])
      expect(text).toMatch(new RegExp(`^${name} \\d`, 'm'));
    expect(text).toMatch(/^nodejs_eventloop_lag_seconds /m);
    expect(definedMetrics().flatMap(namingProblems)).toEqual([]);
  });
});
