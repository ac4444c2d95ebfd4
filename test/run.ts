// `npm test`: brings up the real broker and database, runs every test, and ends with `N passed, N
// failed`. A part that the machine truly lacks is named in the summary; with CI=true that is a
// failure.
import { spawn } from 'node:child_process';
import { MissingPart } from './stack/missing-part.ts';
import { endChild } from './stack/processes.ts';
import { startStack, type Stack } from './stack/stack.ts';

const VITEST = ['node_modules/vitest/vitest.mjs', 'run', '--config', 'test/vitest.config.ts'];
const words = process.argv.slice(2);

async function findStack(): Promise<Stack | MissingPart> {
  try {
    return await startStack();
  } catch (error) {
    if (error instanceof MissingPart) return error;
    throw error;
  }
}

async function runVitest(
  args: readonly string[],
  settings: Readonly<Record<string, string>>,
): Promise<number> {
  const child = spawn(process.execPath, [...VITEST, ...args], {
    stdio: 'inherit',
    env: { ...process.env, ...settings },
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void endChild(child, signal));
  return new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 1)));
}

async function runWithout(missing: MissingPart): Promise<number> {
  process.stdout.write(
    `\nNot run: everything that needs a broker and a database.\n  ${missing.message}\n\n`,
  );
  if (process.env['CI']) {
    process.stdout.write('0 passed, 1 failed\n');
    return 1;
  }
  return runVitest(['--project', 'unit', ...words], {});
}

async function main(): Promise<number> {
  process.stderr.write('Starting Kafka and PostgreSQL for the tests …\n');
  const stack = await findStack();
  if (stack instanceof MissingPart) return runWithout(stack);
  try {
    return await runVitest(words, {
      KAFKA_BROKERS: stack.kafkaBrokers,
      DATABASE_URL: stack.databaseUrl,
    });
  } finally {
    await stack.stop();
  }
}

process.exitCode = await main();
