import type { TestProject } from 'vitest/node';
import type {} from '@tallystick/test-kit';
import { startStack, type Stack } from './stack.ts';

/** One stack for all projects of a run, started by the first that needs it. */
let running: Promise<Stack> | undefined;
let users = 0;

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  running ??= startStack();
  users += 1;
  const stack = await running;
  project.provide('kafkaBrokers', stack.kafkaBrokers);
  project.provide('databaseUrl', stack.databaseUrl);
  return async () => {
    users -= 1;
    if (users === 0) await stack.stop();
  };
}
