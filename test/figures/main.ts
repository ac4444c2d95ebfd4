// Prints the figures of the source, one line a room: `npm run figures`, or of an older commit
// `npm run figures -- <commit>`. test/README.md keeps them.
import { circles } from './circles.ts';
import { measure, p90, type FileFigures } from './measure.ts';
import { sourcesAt, sourcesOfTree } from './sources.ts';

const SPEC = /\.(spec|conformance)\.ts$/;
/** What turns bytes or unknown values into types: a cast may stand there. */
const PARSER = /(\.(codec|schema)|(^|\/)parse-[^/]*)\.ts$/;

function roomOf(path: string): string {
  const [top = '', room = '', service = ''] = path.split('/');
  if (SPEC.test(path)) return 'specs of all rooms';
  if (top === 'test') return 'test';
  return room === 'services' ? `libs/services/${service}` : `${top}/${room}`;
}

function castsPerThousand(files: readonly FileFigures[]): string {
  const counted = files.filter(({ path }) => !PARSER.test(path));
  const lines = counted.reduce((sum, file) => sum + file.lines, 0);
  const casts = counted.reduce((sum, file) => sum + file.casts, 0);
  return lines === 0 ? '0' : ((casts / lines) * 1_000).toFixed(1);
}

function row(room: string, files: readonly FileFigures[]): string {
  const lines = files.map((file) => file.lines);
  const functions = files.flatMap((file) => file.functions);
  const total = lines.reduce((sum, of) => sum + of, 0);
  const cells = [
    ...[room, files.length, total, p90(lines), Math.max(...lines)],
    ...[p90(functions), Math.max(0, ...functions), castsPerThousand(files), circles(files).length],
  ];
  return `| ${cells.join(' | ')} |`;
}

const commit = process.argv[2];
const measured = (commit === undefined ? sourcesOfTree() : sourcesAt(commit)).map(measure);
const rooms = Map.groupBy(measured, ({ path }) => roomOf(path));

console.log(
  '| room | files | lines | file p90 | longest | function p90 | longest | casts per 1,000 lines | circles |',
);
console.log(`|${' - |'.repeat(9)}`);
for (const room of [...rooms.keys()].toSorted()) console.log(row(room, rooms.get(room) ?? []));
console.log(row('all', measured));
for (const circle of circles(measured)) console.log(`circle: ${circle.join(' ⇄ ')}`);
