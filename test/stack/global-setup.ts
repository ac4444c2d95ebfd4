import type { TestProject } from 'vitest/node';
import { startStack, type Stack } from './stack.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** host:port of a real Kafka broker. */
    kafkaBrokers: string;
    /** postgres:// URL of a real PostgreSQL, as a user that may create databases. */
    databaseUrl: string;
  }
}

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
