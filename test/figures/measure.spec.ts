import { describe, expect, it } from 'vitest';
import { circles } from './circles.ts';
import { measure, p90 } from './measure.ts';

const of = (text: string, path = 'libs/domain/src/a.ts') => measure({ path, text });

describe('the figures of a file', () => {
  it('count lines of code, and neither comments nor blank lines', () => {
    const text = '/**\n * A word.\n */\nconst a = 1; // one\n\n// two\nconst b = `x\ny`;\n';
    expect(of(text).lines).toBe(3);
  });

  it('count the lines of each function, of one that is only an expression too', () => {
    const text = 'const f = () => 1;\nfunction g() {\n  // why\n  return 2;\n}\n';
    expect(of(text).functions).toEqual([1, 3]);
  });

  it('count a cast, and not `as const` or `satisfies`', () => {
    const text = 'const a = x as string;\nconst b = [1] as const satisfies number[];\n';
    expect(of(text).casts).toBe(1);
  });

  it.each([
    ['by a type alone', "import type { B } from './b.ts';\n"],
    ['by a dynamic import', "const load = () => import('./b.ts');\n"],
  ])('find two files that import each other, also %s', (_, text) => {
    const a = of(text);
    const b = of("export { A } from './a.ts';\n", 'libs/domain/src/b.ts');
    expect(circles([a, b])).toEqual([['libs/domain/src/a.ts', 'libs/domain/src/b.ts']]);
    expect(circles([a, of('', 'libs/domain/src/b.ts')])).toEqual([]);
  });

  it('give the value below which nine of ten stand', () => {
    expect(p90([1, 2, 3, 4, 5, 6, 7, 8, 9, 100])).toBe(9);
    expect(p90([])).toBe(0);
  });
});
