import type { ProductCredential } from '@tallystick/contracts';
import { silenceCountsOf } from '@tallystick/domain';
import type { SilenceRule } from '@tallystick/ports';

/**
 * How long a session of this product may be silent; null: for ever. A record of a release before
 * `silenceCounts` takes its default.
 */
export function silenceRuleOf(product: ProductCredential | null): SilenceRule | null {
  if (product === null || product.silenceSeconds === null) return null;
  const counts = product.silenceCounts ?? silenceCountsOf(product.dialect);
  return { seconds: product.silenceSeconds, counts };
}
