/** The values that each label may have. */
export type LabelSets = Readonly<Record<string, readonly string[]>>;

export type LabelsOf<L extends LabelSets> = { readonly [K in keyof L]: L[K][number] };

/** What a value outside its set is counted as: nothing from the wire makes a series of its own. */
const OTHER = 'other';

export function createCleaner<L extends LabelSets>(
  sets: L,
): (given: LabelsOf<L>) => Record<string, string> {
  const allowed = Object.entries(sets).map(([name, values]) => [name, new Set(values)] as const);
  return (given) => {
    const clean: Record<string, string> = {};
    for (const [name, values] of allowed) {
      const value: string = given[name] ?? OTHER;
      clean[name] = values.has(value) ? value : OTHER;
    }
    return clean;
  };
}

/** Every combination of the values. */
export function allowedLabels(sets: LabelSets): readonly Record<string, string>[] {
  let all: Record<string, string>[] = [{}];
  for (const [name, values] of Object.entries(sets))
    all = all.flatMap((before) => values.map((value) => ({ ...before, [name]: value })));
  return all;
}
