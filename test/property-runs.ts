import fc from 'fast-check';
import { inject } from 'vitest';
import type {} from '@tallystick/test-kit';

/**
 * How many random sequences each property is tried with, and from which seed: chance of our own
 * choosing, so that a failure comes back on every run.
 */
const { times, seed } = inject('size');
fc.configureGlobal({ numRuns: 1_500 * times, seed: seed ?? 20_300_101 });
