// `npm test`: runs every test, or those that the words name, and ends with `N passed, N failed`.
// Brings up the real broker and database when one of them needs them. A part that the machine truly
// lacks is named in the summary; with CI=true that is a failure. `npm run soak` (`--soak`) runs the
// long tests alone, in their whole size.
import { spawn, spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { BOUND_MINUTES, wholeSettings } from './sizes.ts';
import { MissingPart } from './stack/missing-part.ts';
import { endChild } from './stack/processes.ts';
import { startStack, type Stack } from './stack/stack.ts';

const VITEST = ['node_modules/vitest/vitest.mjs'];
const CONFIG = ['--config', 'test/vitest.config.ts'];

interface Run {
  readonly words: readonly string[];
  readonly settings: Readonly<Record<string, string>>;
}

function planRun([first, ...rest]: readonly string[]): Run {
  const minutes = process.env['TEST_BOUND_MINUTES'];
  if (first !== '--soak') {
    const words = first === undefined ? [] : [first, ...rest];
    return { words, settings: { TEST_BOUND_MINUTES: minutes ?? String(BOUND_MINUTES.short) } };
  }
  const seed = Number(process.env['TEST_SEED'] ?? randomInt(1, 1_000_000_000));
  process.stdout.write(`Seed ${seed}: TEST_SEED=${seed} npm run soak runs the same again.\n`);
  return {
    words: ['--tags-filter', 'long', ...rest],
    settings: {
      ...wholeSettings(seed),
      TEST_BOUND_MINUTES: minutes ?? String(BOUND_MINUTES.whole),
    },
  };
}

/** Whether one of the files that the words name is of a kind that needs the stack. */
function needsStack({ words }: Run): boolean {
  if (words.length === 0) return true;
  // Last: a word behind --json is the name of a file to write.
  const args = [...VITEST, 'list', ...CONFIG, ...words, '--filesOnly', '--json'];
  const listed = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (listed.status !== 0) return true;
  const files = JSON.parse(listed.stdout) as readonly { readonly projectName?: string }[];
  return files.some(({ projectName }) => projectName !== 'unit');
}

async function findStack(): Promise<Stack | MissingPart> {
  process.stderr.write('Starting Kafka and PostgreSQL for the tests …\n');
  try {
    return await startStack();
  } catch (error) {
    if (error instanceof MissingPart) return error;
    throw error;
  }
}

async function runVitest({ words, settings }: Run): Promise<number> {
  const child = spawn(process.execPath, [...VITEST, 'run', ...CONFIG, ...words], {
    stdio: 'inherit',
    env: { ...process.env, ...settings },
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void endChild(child, signal));
  return new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 1)));
}

async function runWithout(missing: MissingPart, { words, settings }: Run): Promise<number> {
  process.stdout.write(
    `\nNot run: everything that needs a broker and a database.\n  ${missing.message}\n\n`,
  );
  if (process.env['CI']) {
    process.stdout.write('0 passed, 1 failed\n');
    return 1;
  }
  return runVitest({ words: ['--project', 'unit', ...words], settings });
}

async function main(run: Run): Promise<number> {
  if (!needsStack(run)) return runVitest(run);
  const stack = await findStack();
  if (stack instanceof MissingPart) return runWithout(stack, run);
  try {
    const { kafkaBrokers, databaseUrl } = stack;
    const settings = { KAFKA_BROKERS: kafkaBrokers, DATABASE_URL: databaseUrl };
    return await runVitest({ ...run, settings: { ...run.settings, ...settings } });
  } finally {
    await stack.stop();
  }
}

process.exitCode = await main(planRun(process.argv.slice(2)));
