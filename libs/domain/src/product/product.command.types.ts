import type { EpochMs } from '@tallystick/kernel';
import type { ProductPolicy } from './product.types.ts';

export type PolicyChange = Partial<ProductPolicy>;

export type ProductCommand =
  | {
      readonly type: 'CreateProduct';
      readonly tenant: string;
      readonly productKey: string;
      readonly policy: ProductPolicy;
      /** Where the secret of version 1 already rests. */
      readonly secretId: string;
    }
  | { readonly type: 'ChangeProductPolicy'; readonly change: PolicyChange }
  | {
      readonly type: 'ResetProductSecret';
      readonly secretId: string;
      /** For how long the older version still holds; 0: no longer. */
      readonly overlapSeconds: number;
    }
  | { readonly type: 'ReadProductSecret' }
  /** No new device from now on. */
  | { readonly type: 'CloseProduct' }
  | { readonly type: 'ReopenProduct' }
  /**
   * Only after CloseProduct, when no device was found: the closing holds back every racing
   * registration.
   */
  | { readonly type: 'DeleteProduct' };

export interface ProductContext {
  readonly now: EpochMs;
}

export interface ProductRefusal {
  readonly code: 'product-unknown' | 'product-key-taken' | 'product-not-empty';
}
