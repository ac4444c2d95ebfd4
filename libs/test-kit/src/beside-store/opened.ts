import { afterAll, beforeAll } from 'vitest';

/** One thing for all tests of a suite, and how to end it. */
export interface Opened<T> {
  readonly it: T;
  close(): Promise<void>;
}

/** Opens it before the first test and closes it after the last; answers how to get at it. */
export function openedOnce<T>(open: () => Promise<Opened<T>>): () => T {
  let opened: Opened<T> | null = null;
  beforeAll(async () => {
    opened = await open();
  });
  afterAll(() => opened?.close());
  return () => {
    if (opened === null) throw new Error('it is opened before the first test');
    return opened.it;
  };
}
