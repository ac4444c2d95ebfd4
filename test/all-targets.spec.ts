import { globSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

interface ProjectFile {
  readonly nx?: { readonly targets?: Readonly<Record<string, object>> };
}

const root = fileURLToPath(new URL('..', import.meta.url));
const files = globSync('{apps,libs,libs/services}/*/package.json', { cwd: root });

describe('a project of the workspace', () => {
  it('stands where it is looked for', () => {
    expect(files.length).toBeGreaterThan(15);
  });

  it.each(files)('has its targets (%s)', (file) => {
    const { nx } = JSON.parse(readFileSync(`${root}${file}`, 'utf8')) as ProjectFile;
    const specs = globSync(`${dirname(file)}/src/**/*.int.spec.ts`, { cwd: root });
    const expected = ['typecheck', 'lint', 'unit', ...(specs.length > 0 ? ['int'] : [])];
    expect(Object.keys(nx?.targets ?? {})).toEqual(expected);
  });
});
