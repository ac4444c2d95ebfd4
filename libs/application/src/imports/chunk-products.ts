import type { Dialect, ProductState } from '@tallystick/domain';
import { settledProduct } from '../handlers/closing-product.ts';
import type { CallContext } from '../handlers/handlers.types.ts';
import type { Parts } from '../handlers/parts.ts';
import type { Loaded } from '../handlers/stream-states.ts';
import { dialectOf } from '../handlers/device-use-case.ts';
import { isCandidate, type RowOfChunk } from './candidate.ts';
import type { Patience } from './patience.ts';
import type { SourceRow } from './row.types.ts';

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

/** The dialects of the products that rows name; of what is not there, none. */
export type Dialects = (rows: readonly SourceRow[]) => Promise<ReadonlyMap<string, Dialect>>;

/** Of so many products an import remembers the dialect. */
const MOST_KNOWN = 10_000;

/**
 * A product is looked at when its first row comes, and as it is then: names are given once, before
 * anything is decided.
 */
export function createDialects(
  { product }: Pick<Parts['loading'], 'product'>,
  patience: Patience,
): Dialects {
  const known = new Map<string, Dialect>();
  return async (rows) => {
    if (known.size >= MOST_KNOWN) known.clear();
    for (const { read } of rows) {
      if (!read.ok || known.has(read.value.productKey)) continue;
      const { productKey } = read.value;
      const { state } = await patience(() => product(productKey));
      if (state.status === 'live') known.set(productKey, dialectOf(state));
    }
    return known;
  };
}
