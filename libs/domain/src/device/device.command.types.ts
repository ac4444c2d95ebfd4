import type { EpochMs } from '@tallystick/kernel';
import type { ProductState } from '../product/product.types.ts';
import type { UnitsCommand } from '../units/units.command.types.ts';
import type {
  ActivationMethod,
  DeviceEvent,
  DeviceOrigin,
  SecretOrigin,
  Tags,
} from './device.types.ts';

export interface GivenSecret {
  readonly secretOrigin: Exclude<SecretOrigin, 'none'>;
  /** Where it already rests, sealed. */
  readonly secretId: string;
}

export type DeviceCommand =
  | {
      readonly type: 'RegisterDevice';
      readonly productKey: string;
      readonly deviceKey: string;
      readonly deviceId: string;
      readonly origin: DeviceOrigin;
      readonly secret: GivenSecret;
      readonly registrationTimeoutSeconds: number | null;
      readonly name: string | null;
      readonly tags: Tags;
    }
  /** From a gateway's signal, which may come twice, late, or of an older life. */
  | {
      readonly type: 'ActivateDevice';
      readonly deviceId: string;
      readonly generation: number;
      readonly method: ActivationMethod;
      readonly dialect: string;
      readonly clientId: string;
      readonly gatewayId: string;
      /** With which secret it logged in; null: with none, or the gateway does not say. */
      readonly secretVersion: number | null;
      /** The unit that logged in, where the product is registration-free. */
      readonly unit: string | null;
      /** When the gateway saw it. */
      readonly at: EpochMs;
    }
  | { readonly type: 'DisableDevice'; readonly reason: string | null }
  | { readonly type: 'EnableDevice' }
  | { readonly type: 'ResetDevice' }
  | {
      readonly type: 'ResetDeviceSecret';
      readonly secret: GivenSecret;
      /** For how long the older version still holds; 0: no longer. */
      readonly overlapSeconds: number;
    }
  | {
      readonly type: 'ChangeDeviceDetails';
      readonly name?: string | null;
      readonly tags?: Tags;
      readonly registrationTimeoutSeconds?: number | null;
    }
  | { readonly type: 'DeleteDevice' }
  /** From a sweep, which may come too early, late, or for an older life. */
  | { readonly type: 'ExpireRegistration'; readonly generation: number }
  | { readonly type: 'ReadSecret' }
  /** Dynamic activation: a device that has proven its product's secret is given its own. */
  | {
      readonly type: 'DeliverSecret';
      readonly productKey: string;
      readonly deviceKey: string;
      /** By which the device calls itself: another life is not meant; null: it names none. */
      readonly deviceId: string | null;
      /** The id of a life that begins; null: an unknown name stays unknown. */
      readonly bornAs: string | null;
      /**
       * As Alibaba's devices ask: their product may give a new secret each time. Those of the other
       * vendors get the same as often as they ask.
       */
      readonly registers: boolean;
      /** Where a new secret rests that is taken only if the decision needs one. */
      readonly secretId: string;
    }
  | UnitsCommand;

export interface DeviceContext {
  readonly now: EpochMs;
  /**
   * The product as its stream had it; only RegisterDevice, ClaimUnit and DeliverSecret look at it.
   */
  readonly product: ProductState;
  /** How long a claimed unit may stay away before its slot is freed. */
  readonly pendingMs: number;
  /** One ClientIdConflict per kind and cause in so long a time. */
  readonly conflictWindowMs: number;
}

export type DeviceRefusal =
  | {
      readonly code:
        | 'product-unknown'
        | 'device-unknown'
        | 'unit-unknown'
        | 'device-key-taken'
        | 'device-disabled'
        | 'dynamic-activation-off'
        | 'already-activated'
        | 'name-closed'
        | 'unit-state';
    }
  /** `record`: to be appended alone although the claim is refused; empty within the window. */
  | { readonly code: 'client-slots-full'; readonly record: readonly DeviceEvent[] };
