import { cpus, release, totalmem, type } from 'node:os';
import type { Figure, MeasuredFigure } from './figure.ts';

const number = (value: number): string =>
  Math.abs(value) >= 1000 ? Math.round(value).toLocaleString('en') : String(value);

function withSpread(value: number, spread: readonly [number, number] | null): string {
  if (spread === null || spread[0] === spread[1]) return number(value);
  return `${number(value)} (${number(spread[0])}..${number(spread[1])})`;
}

const verdict = ({ aim, met }: Figure): string =>
  aim === null ? '' : `${aim}: ${met === null ? 'not judged' : met ? 'met' : 'missed'}`;

function peerCell({ peer, peerValue, peerSpread }: MeasuredFigure): string {
  if (peer === null) return '';
  return peerValue === null ? peer : `${peer}: ${withSpread(peerValue, peerSpread)}`;
}

/**
 * The machine, the table (median, lowest..highest of the rounds or samples), and what bounds each
 * figure.
 */
export function toMarkdown(figures: readonly MeasuredFigure[], quick: boolean): string {
  const [processor] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  const machine = `${cpus().length} cores (${processor?.model ?? 'unknown'}), ${memory} GiB, ${type()} ${release()}, Node ${process.versions.node}`;
  const rows = figures.map((figure) =>
    [
      figure.name,
      figure.unit,
      withSpread(figure.value, figure.spread),
      peerCell(figure),
      figure.ratio === null ? '' : String(figure.ratio),
      verdict(figure),
    ].join(' | '),
  );
  const bounds = figures.map(
    ({ name, boundBy, note }) => `- ${name}: ${boundBy}${note === '' ? '' : ` (${note})`}`,
  );
  return [
    `Machine: ${machine}.${quick ? ' Sizes of a smoke test: not to be quoted.' : ''}`,
    '',
    '| figure | unit | value | peer in the same run | ratio | aim |',
    '|---|---|---|---|---|---|',
    ...rows.map((row) => `| ${row} |`),
    '',
    'What bounds each:',
    ...bounds,
    '',
  ].join('\n');
}

export function toJson(figures: readonly MeasuredFigure[]): string {
  const plain = figures.map(({ name, value, unit, peer, peerValue, ratio, aim, met }): Figure => ({
    ...{ name, value, unit, peer, peerValue, ratio, aim, met },
  }));
  return `${JSON.stringify(plain, null, 2)}\n`;
}
