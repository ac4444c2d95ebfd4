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
  /** False: the first dynamic activation after a reset gives the device a new secret. */
  readonly resetKeepsSecret: boolean;
  /** True: each dynamic activation gives a new secret, until a login; the newest wins. */
  readonly registerRotatesSecret: boolean;
}

/** What earlier releases did not write: then it is as {@link completePolicy} says. */
type LaterPolicy = 'silenceCounts' | 'resetKeepsSecret' | 'registerRotatesSecret';

/** A policy as it was written, now or by an earlier release. */
export type WrittenPolicy = Omit<ProductPolicy, LaterPolicy> &
  Partial<Pick<ProductPolicy, LaterPolicy>>;

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
      readonly data: Named &
        WrittenPolicy & {
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
