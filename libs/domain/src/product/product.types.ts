import type { EpochMs } from '@tallystick/kernel';
import type { Dialect, SilenceCounts } from './dialects.ts';

export interface ProductPolicy {
  readonly name: string;
  readonly dialect: Dialect;
  readonly dynamicActivation: boolean;
  readonly registrationFree: boolean;
  /** 1 to 5. */
  readonly maxUnits: number;
  /** A session that is silent for so long ends; null: silence is no reason. */
  readonly silenceSeconds: number | null;
  readonly silenceCounts: SilenceCounts;
  readonly certificateRequired: boolean;
}

/** One version of a secret: the event names where it rests, never what it is. */
export interface SecretVersion {
  readonly version: number;
  readonly secretId: string;
  /** Until when it is still accepted beside its successor; null: it is the newest. */
  readonly expiresAt: EpochMs | null;
}

interface Named {
  readonly productKey: string;
}

/** Product events. The stream is `product/<productKey>`. */
export type ProductEvent = { readonly time: EpochMs } & (
  | {
      readonly type: 'ProductCreated';
      /**
       * `silenceCounts` is absent in what earlier releases wrote: then it is its dialect's default.
       */
      readonly data: Named &
        Omit<ProductPolicy, 'silenceCounts'> &
        Partial<Pick<ProductPolicy, 'silenceCounts'>> & {
          readonly tenant: string;
          readonly secretVersion: number;
          readonly secretId: string;
        };
    }
  | {
      readonly type: 'ProductSecretReset';
      readonly data: Named & {
        readonly secretVersion: number;
        readonly secretId: string;
        /** RFC 3339: until when the older version still holds; null: no longer. */
        readonly previousExpiresAt: string | null;
      };
    }
  /** On a product's stream the same event as a device's, without the device. */
  | {
      readonly type: 'SecretRead';
      readonly data: Named & { readonly secretVersions: readonly number[] };
    }
  | { readonly type: 'DynamicActivationEnabled'; readonly data: Named }
  | { readonly type: 'DynamicActivationDisabled'; readonly data: Named }
  | {
      readonly type: 'ProductPolicyChanged';
      /** Only what changed. `closing`: no new device, the product is about to be deleted. */
      readonly data: Named &
        Partial<Omit<ProductPolicy, 'dynamicActivation'>> & { readonly closing?: boolean };
    }
  | { readonly type: 'ProductDeleted'; readonly data: Named }
);

export interface LiveProduct extends ProductPolicy {
  readonly status: 'live';
  readonly tenant: string;
  readonly productKey: string;
  readonly createdAt: EpochMs;
  readonly closing: boolean;
  /** Newest first; never empty. */
  readonly secrets: readonly SecretVersion[];
}

export type ProductState = { readonly status: 'absent' } | LiveProduct;
