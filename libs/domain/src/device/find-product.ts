import type { LiveProduct, ProductState } from '../product/product.types.ts';

/** The living product of that tenant; another tenant's is as unknown as none. */
export function findProduct(
  productKey: string,
  tenant: string,
  product: ProductState,
): LiveProduct | null {
  return product.status === 'live' && product.productKey === productKey && product.tenant === tenant
    ? product
    : null;
}
