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
  | UnitsCommand;

export interface DeviceContext {
  readonly now: EpochMs;
  /** The product as its stream had it; only RegisterDevice and ClaimUnit look at it. */
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
        | 'name-closed'
        | 'unit-state';
    }
  /** `record`: to be appended alone although the claim is refused; empty within the window. */
  | { readonly code: 'client-slots-full'; readonly record: readonly DeviceEvent[] };
