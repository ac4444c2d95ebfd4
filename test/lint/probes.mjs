// One planted violation per rule: the lint must name exactly that rule, or the rule guards nothing.
// Nothing is written to the tree.
process.env.NX_DAEMON = 'false';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import devkit from '@nx/devkit';
import { ESLint } from 'eslint';
import { depConstraints } from './layers.mjs';

const lines = (count, line) => Array.from({ length: count }, (_, index) => line(index)).join('\n');
const use = (name, from) => `import { ${name} } from '${from}';\nexport const x = ${name};\n`;
const BOUNDARY = '@nx/enforce-module-boundaries';
const PROBES = [
  [
    `${BOUNDARY}:emptyOnlyTagsConstraintViolation`,
    'libs/kernel/src/index.ts',
    use('evolveDevice', '@tallystick/domain'),
  ],
  [
    `${BOUNDARY}:onlyTagsConstraintViolation`,
    'libs/domain/src/index.ts',
    use('TOPICS', '@tallystick/contracts'),
  ],
  [
    `${BOUNDARY}:onlyTagsConstraintViolation`,
    'libs/dialects/src/index.ts',
    use('TOPICS', '@tallystick/contracts'),
  ],
  [
    `${BOUNDARY}:onlyTagsConstraintViolation`,
    'libs/contracts/src/index.ts',
    use('y', '@tallystick/ports'),
  ],
  [
    `${BOUNDARY}:onlyTagsConstraintViolation`,
    'libs/ports/src/index.ts',
    use('TOPICS', '@tallystick/contracts'),
  ],
  [
    `${BOUNDARY}:onlyTagsConstraintViolation`,
    'libs/application/src/index.ts',
    use('y', '@tallystick/event-store'),
  ],
  [
    `${BOUNDARY}:onlyTagsConstraintViolation`,
    'libs/projections/src/index.ts',
    use('y', '@tallystick/application'),
  ],
  [
    `${BOUNDARY}:onlyTagsConstraintViolation`,
    'libs/event-bus/src/index.ts',
    use('TOPICS', '@tallystick/contracts'),
  ],
  [
    `${BOUNDARY}:onlyTagsConstraintViolation`,
    'libs/services/edge/src/index.ts',
    use('y', '@tallystick/application'),
  ],
  [
    `${BOUNDARY}:onlyTagsConstraintViolation`,
    'libs/services/edge/src/index.ts',
    use('y', '@tallystick/event-bus'),
  ],
  [
    `${BOUNDARY}:onlyTagsConstraintViolation`,
    'libs/services/registry/src/index.ts',
    use('y', '@tallystick/services-auth-gateway'),
  ],
  [
    `${BOUNDARY}:onlyTagsConstraintViolation`,
    'apps/cli/src/main.ts',
    use('evolveDevice', '@tallystick/domain'),
  ],
  [
    `${BOUNDARY}:bannedExternalImportsViolation`,
    'libs/domain/src/index.ts',
    use('Injectable', '@nestjs/common'),
  ],
  [
    `${BOUNDARY}:bannedExternalImportsViolation`,
    'libs/application/src/index.ts',
    use('Injectable', '@nestjs/common'),
  ],
  [
    `${BOUNDARY}:noRelativeOrAbsoluteImportsAcrossLibraries`,
    'libs/domain/src/index.ts',
    use('ok', '../../kernel/src/index.ts'),
  ],
  ['@typescript-eslint/no-explicit-any', 'libs/domain/src/index.ts', 'export const x: any = 1;\n'],
  [
    '@typescript-eslint/no-non-null-assertion',
    'libs/domain/src/index.ts',
    'export const f = (x?: string) => x!.length;\n',
  ],
  [
    '@typescript-eslint/ban-ts-comment',
    'libs/domain/src/index.ts',
    '// @ts-ignore\nexport const x = 1;\n',
  ],
  [
    'no-restricted-globals',
    'libs/domain/src/index.ts',
    'export const x = () => setTimeout(() => 1, 1);\n',
  ],
  [
    'no-restricted-syntax',
    'libs/device-transport/src/index.ts',
    'export const x = (stream: { getProtocol: () => string }): string => stream.getProtocol();\n',
  ],
  ['no-restricted-imports', 'libs/application/src/index.ts', use('pause', '@tallystick/ports')],
  [
    'no-restricted-properties',
    'libs/application/src/index.ts',
    'export const x = () => Date.now();\n',
  ],
  [
    '@typescript-eslint/no-floating-promises',
    'libs/domain/src/index.ts',
    'export function f(): void {\n  Promise.resolve(1);\n}\n',
  ],
  [
    '@typescript-eslint/no-misused-promises',
    'libs/domain/src/index.ts',
    'export const f = (xs: number[]) => xs.forEach(async (x) => await Promise.resolve(x));\n',
  ],
  [
    '@typescript-eslint/switch-exhaustiveness-check',
    'libs/domain/src/index.ts',
    "export function f(x: 'a' | 'b'): void {\n  switch (x) {\n    case 'a':\n  }\n}\n",
  ],
  [
    '@typescript-eslint/no-unsafe-assignment',
    'libs/domain/src/index.ts',
    "export const x: number = JSON.parse('1');\n",
  ],
  [
    '@typescript-eslint/no-unsafe-call',
    'libs/domain/src/index.ts',
    "export const f = () => JSON.parse('1')();\n",
  ],
  [
    '@typescript-eslint/no-unsafe-member-access',
    'libs/domain/src/index.ts',
    "export const f = () => JSON.parse('1').x;\n",
  ],
  [
    '@typescript-eslint/no-unsafe-argument',
    'libs/domain/src/index.ts',
    "export const x = Number.parseInt(JSON.parse('1'));\n",
  ],
  [
    '@typescript-eslint/no-unsafe-return',
    'libs/domain/src/index.ts',
    "export function f(): number {\n  return JSON.parse('1');\n}\n",
  ],
  ['max-len', 'libs/domain/src/index.ts', `// ${'word '.repeat(20)}\nexport const x = 1;\n`],
  ['max-lines', 'libs/domain/src/index.ts', lines(151, (i) => `export const v${i} = ${i};`)],
  [
    'max-lines',
    'libs/services/registry/src/index.ts',
    lines(201, (i) => `export const v${i} = ${i};`),
  ],
  [
    'max-lines-per-function',
    'libs/domain/src/index.ts',
    `export function f(a: number[]): void {\n${lines(31, (i) => `  a.push(${i});`)}\n}\n`,
  ],
  [
    'complexity',
    'libs/domain/src/index.ts',
    `export function f(a: number): number {\n${lines(13, (i) => `  if (a === ${i}) return ${i};`)}\n  return 0;\n}\n`,
  ],
];

await devkit.createProjectGraphAsync({ exitOnError: true, resetDaemonClient: true });
// An upward import is also a cycle, and the cycle would be reported in place of the layer: with
// cycles ignored, the layer rule has to catch it alone.
const rule = {
  enforceBuildableLibDependency: false,
  depConstraints,
  ignoredCircularDependencies: [['*', '*']],
};
const eslint = new ESLint({
  overrideConfigFile: 'test/lint/eslint.config.mjs',
  overrideConfig: { files: ['{apps,libs}/**/*.ts'], rules: { [BOUNDARY]: ['error', rule] } },
});
let missed = 0;
for (const [expected, filePath, code] of PROBES) {
  const [result] = await eslint.lintText(code, { filePath });
  const [ruleId, messageId] = expected.split(':');
  const caught = result.messages.some(
    (m) => m.severity === 2 && m.ruleId === ruleId && (!messageId || m.messageId === messageId),
  );
  if (!caught) {
    missed += 1;
    console.log(`MISSED  ${expected}  ${filePath}`, result.messages);
  }
}

// Circles, by the same command as the gate's: each pair must be refused, the last one let pass.
const CIRCLES = [
  ["import { b } from './b.ts';", "import { a } from './a.ts';", true],
  ["import type { B } from './b.ts';", "import type { A } from './a.ts';", true],
  ["export type { B } from './b.ts';", "export const b = () => import('./a.ts');", true],
  ["import type { B } from './b.ts';", 'export interface B {}', false],
];
const depcruise = resolve('node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
const config = resolve('test/lint/circles.config.mjs');
for (const [a, b, isCircle] of CIRCLES) {
  const folder = mkdtempSync(join(tmpdir(), 'circles-'));
  for (const [name, code] of Object.entries({ a, b })) {
    const file = join(folder, `libs/probe/src/${name}.ts`);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${code}\n`);
  }
  const gate = spawnSync(process.execPath, [depcruise, '--config', config, 'libs'], {
    cwd: folder,
    encoding: 'utf8',
  });
  rmSync(folder, { recursive: true });
  if ((gate.status !== 0) === isCircle && isCircle === gate.stdout.includes('no-circles')) continue;
  missed += 1;
  console.log('MISSED  no-circles', { a, b }, gate.stdout, gate.stderr);
}
console.log(
  `${PROBES.length + CIRCLES.length - missed} planted violations caught, ${missed} missed`,
);
process.exit(missed === 0 ? 0 : 1);
