import { silenceCountsOf } from './dialects.ts';
import type { ProductPolicy, WrittenPolicy } from './product.types.ts';

/** The whole policy of a product, which an earlier release may have written without some fields. */
export function completePolicy<Written extends WrittenPolicy>(
  written: Written,
): Written & ProductPolicy {
  return {
    ...written,
    silenceCounts: written.silenceCounts ?? silenceCountsOf(written.dialect),
    resetKeepsSecret: written.resetKeepsSecret ?? true,
    registerRotatesSecret: written.registerRotatesSecret ?? false,
  };
}
