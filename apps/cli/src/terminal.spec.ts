import { describe, expect, it } from 'vitest';
import { createProgress, sentLine } from './progress.ts';
import { createOutput } from './terminal.ts';

function streams(terminal: boolean, columns = 12) {
  const written: string[] = [];
  const write = (text: string): void => void written.push(text);
  const output = createOutput({ write }, { write, isTTY: terminal, columns });
  return { written, output };
}

describe('how far something is', () => {
  it('on a terminal is one line, which all else takes the place of', () => {
    const { written, output } = streams(true);
    output.status?.('a long line that would wrap');
    output.err('said');
    output.status?.('');
    expect(written).toEqual(['a long line', '\r\u001b[K', 'said\n']);
  });

  it('given a terminal that tells no width, is shown all the same', () => {
    const { written, output } = streams(true, 0);
    output.status?.('a line');
    expect(written).toEqual(['a line']);
  });

  it.each([
    [true, 100],
    [false, 10_000],
  ])('given a terminal (%s), is shown every %i ms', (terminal, everyMs) => {
    const { written, output } = streams(terminal);
    let at = 0;
    const progress = createProgress(output, false, () => at);
    for (at = 0; at < 3 * everyMs; at += everyMs / 4) progress.show(() => `at ${at}`);
    const shown = written.filter((text) => text.startsWith('at'));
    const times = terminal ? [0, everyMs, 2 * everyMs] : [everyMs, 2 * everyMs];
    expect(shown).toEqual(times.map((time) => (terminal ? `at ${time}` : `at ${time}\n`)));
  });

  it('given --json, is not shown', () => {
    const { written, output } = streams(true);
    const progress = createProgress(output, true, () => 0);
    progress.show(() => 'far');
    progress.end();
    expect(written).toEqual([]);
  });

  it('tells bytes, rows and rows a second, and a bar where the whole is known', () => {
    const sent = { bytes: 13_500_000, rows: 91_200, seconds: 2 };
    expect(sentLine({ ...sent, totalBytes: 27_000_000 })).toBe(
      '[############------------]  50 %  13.5 of 27.0 MB  91,200 rows  45,600 rows/s',
    );
    expect(sentLine({ ...sent, totalBytes: null })).toBe('13.5 MB  91,200 rows  45,600 rows/s');
  });
});
