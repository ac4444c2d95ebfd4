import type { ProductState } from '@tallystick/domain';
import { settledProduct } from '../handlers/closing-product.ts';
import type { CallContext } from '../handlers/handlers.types.ts';
import type { Parts } from '../handlers/parts.ts';
import type { Loaded } from '../handlers/stream-states.ts';
import { isCandidate, type RowOfChunk } from './candidate.ts';

export type Products = ReadonlyMap<string, Loaded<ProductState>>;

/** The products of the rows as last known; one that would refuse them, as it is. */
export async function loadProducts(
  parts: Parts,
  context: CallContext,
  rows: readonly RowOfChunk[],
): Promise<Products> {
  const found = new Map<string, Loaded<ProductState>>();
  for (const { read } of rows) {
    if (!isCandidate(read) || found.has(read.input.productKey)) continue;
    const { productKey } = read.input;
    const known = await parts.loading.knownProduct(productKey);
    const usable = known.state.status === 'live' && !known.state.closing;
    const product = usable ? known : await settledProduct(parts, context, productKey);
    found.set(productKey, product);
  }
  return found;
}
