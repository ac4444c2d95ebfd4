import { ProblemError } from '../http/problem.ts';

/** Imports that one registry works on at a time: each holds some megabytes. */
export const MOST_IMPORTS = 4;

export interface ImportSlots {
  /** ProblemError `too-many-requests` where all are in use. */
  within<T>(work: () => Promise<T>): Promise<T>;
}

export function createImportSlots(most = MOST_IMPORTS): ImportSlots {
  let used = 0;
  return {
    async within(work) {
      if (used >= most)
        throw new ProblemError(
          'too-many-requests',
          `Too many requests: a registry takes at most ${most} imports at a time`,
        );
      used += 1;
      try {
        return await work();
      } finally {
        used -= 1;
      }
    },
  };
}
