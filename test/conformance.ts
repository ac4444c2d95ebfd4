/** A file's name from the repository's root, and what stands in it. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** Which suite each port has. */
export type Suites = Readonly<Record<string, string>>;

/** By adapter's file and port: the names under which it runs the port's suite. */
export type Runs = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

/**
 * Whether a file makes a port: a class that implements it, a function or a constant that is one,
 * or more than one (an interface that extends it).
 * What is handed on under a narrower type, and what a spec makes for itself, is not seen.
 */
export function makes({ text }: SourceFile, port: string): boolean {
  const type = String.raw`(?:Promise<\s*)?${port}\b(?!['\[])`;
  const parameters = String.raw`\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)`;
  const patterns = [
    String.raw`\bclass \w+[^{]*\bimplements\b[^{]*(?<!Pick<)\b${port}\b`,
    String.raw`\binterface \w+ extends [^{]*\b${port}\b`,
    String.raw`\bfunction \w+(?:<[^(]*>)?${parameters}:\s*${type}[^;{]*\{`,
    String.raw`\bconst \w+: ${port}\b(?:<[^=]*>)? =`,
    String.raw`\bconst \w+ = (?:async )?${parameters}:\s*${type}[^;{]*=>`,
  ];
  return patterns.some((pattern) => new RegExp(pattern).test(text));
}

/** Whether a spec calls the suite under this name. */
function isRun(specs: readonly SourceFile[], suite: string, name: string): boolean {
  const quoted = ["'", '"', '`'].map((quote) => `${quote}${name}${quote}`);
  const calls = specs.flatMap(({ text }) =>
    [...text.matchAll(new RegExp(String.raw`\b${suite}\(\s*(\S.*)`, 'g'))].map(
      ([, rest = '']) => rest,
    ),
  );
  return calls.some((rest) => quoted.some((each) => rest.startsWith(each)));
}

export interface Listed {
  readonly suites: Suites;
  readonly runs: Runs;
  /** Files that make a port and need no run of their own, with the reason. */
  readonly apart: Readonly<Record<string, string>>;
}

/** In words: who skips a suite, who is not listed, and what is listed and not there. */
export function problemsOf(
  sources: readonly SourceFile[],
  specs: readonly SourceFile[],
  { suites, runs, apart }: Listed,
): readonly string[] {
  const made = sources.flatMap((file) =>
    Object.keys(suites).flatMap((port) => (makes(file, port) ? [{ path: file.path, port }] : [])),
  );
  const unlisted = made.flatMap(({ path, port }) =>
    path in apart || runs[path]?.[port] !== undefined
      ? []
      : [`${path} makes a ${port} and stands in no list`],
  );
  const listed = Object.entries(runs).flatMap(([path, ports]) =>
    Object.entries(ports).map(([port, names]) => ({ path, port, names })),
  );
  const stale = listed.flatMap(({ path, port }) =>
    made.some((one) => one.path === path && one.port === port)
      ? []
      : [`${path} is listed for ${port}, which it does not make`],
  );
  const skipped = listed.flatMap(({ path, port, names }) => {
    const suite = suites[port] ?? '';
    const missing = names.filter((name) => !isRun(specs, suite, name));
    return [
      ...(names.length === 0 ? [`${path} runs ${suite} under no name`] : []),
      ...missing.map((name) => `${path}: no spec calls ${suite}('${name}', …)`),
    ];
  });
  return [...unlisted, ...stale, ...skipped];
}
