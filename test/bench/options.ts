import { parseArgs } from 'node:util';
import type { Bench } from './world.ts';

export interface Options {
  readonly json: string | null;
  readonly quick: boolean;
  readonly benches: readonly Bench[];
  /** Names of the figures that were asked for. */
  readonly wanted: ReadonlySet<string>;
}

export const USAGE = `npm run bench -- [--only a,b] [--quick] [--json FILE]
  --only    figures by name, or groups of them, with commas
  --quick   sizes of a smoke test: whether it runs, not how fast
  --json    also writes [{name,value,unit,peer,peerValue,ratio,aim,met}] to FILE`;

const same = (a: string, b: string): boolean => a.toLowerCase() === b.trim().toLowerCase();

function choose(benches: readonly Bench[], asked: string): readonly (readonly [Bench, string])[] {
  return benches.flatMap((bench) =>
    bench.names
      .filter((name) => same(name, asked) || same(bench.id, asked))
      .map((name) => [bench, name] as const),
  );
}

/** Throws with what is wrong; the caller shows the usage. */
export function parseOptions(args: readonly string[], benches: readonly Bench[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: 'string' },
      only: { type: 'string' },
      quick: { type: 'boolean', default: false },
    },
  });
  const asked = values.only?.split(',') ?? benches.map(({ id }) => id);
  const chosen = asked.map((one) => [one, choose(benches, one)] as const);
  const unknown = chosen.find(([, found]) => found.length === 0);
  if (unknown !== undefined) {
    const known = benches.map(({ id, names }) => `  ${id}: ${names.join(', ')}`).join('\n');
    throw new Error(`there is no figure "${unknown[0]}"; the groups and their figures:\n${known}`);
  }
  const pairs = chosen.flatMap(([, found]) => found);
  const groups = new Set(pairs.map(([bench]) => bench));
  return {
    json: values.json ?? null,
    quick: values.quick,
    benches: benches.filter((bench) => groups.has(bench)),
    wanted: new Set(pairs.map(([, name]) => name)),
  };
}
