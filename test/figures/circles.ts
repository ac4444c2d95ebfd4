import type { FileFigures } from './measure.ts';

type Imports = ReadonlyMap<string, readonly string[]>;

function reached(from: string, imports: Imports): ReadonlySet<string> {
  const seen = new Set<string>();
  const open = [...(imports.get(from) ?? [])];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (seen.has(path)) continue;
    seen.add(path);
    open.push(...(imports.get(path) ?? []));
  }
  return seen;
}

/**
 * Groups of files that import each other in a circle, type imports and dynamic ones included.
 * Between rooms there is none: the linter holds their directions.
 */
export function circles(files: readonly FileFigures[]): readonly (readonly string[])[] {
  const imports: Imports = new Map(files.map(({ path, imports: to }) => [path, to]));
  const reach = new Map([...imports.keys()].map((path) => [path, reached(path, imports)]));
  const found: string[][] = [];
  for (const [path, to] of reach) {
    if (!to.has(path) || found.some((group) => group.includes(path))) continue;
    found.push([path, ...[...to].filter((other) => other !== path && reach.get(other)?.has(path))]);
  }
  return found;
}
