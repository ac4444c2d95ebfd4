/**
 * Gateways to registry, on TALLYSTICK_INTERNAL_PORT, `Authorization: Bearer <internal token>`.
 *
 * - POST /internal/v1/claims: a unit asks for a slot. The gateway has verified the product secret.
 *   Answered when the living gateways know (libs/README.md, rule 8).
 * - POST /internal/v1/claims/release: the reply never reached the unit; its slot is freed.
 *   Idempotent, 200 {}.
 * - POST /internal/v1/activations: a device that has proven its product's secret asks for its own.
 *   Answered when the living gateways know (libs/README.md, rule 8).
 * - POST /internal/v1/claims/abandon (the body of the claim): the gateway never heard what became
 *   of the claim. Either the claim can no longer be made, or its slot is freed. Idempotent, 200 {}.
 */
export interface ClaimRequest {
  readonly productKey: string;
  readonly deviceKey: string;
  readonly gatewayId: string;
  readonly dialect: string;
  /** Where the unit calls from, without its port; a gateway of an earlier release leaves it out. */
  readonly address?: string;
  /** Names this claim: a repeat with the same claim id gets the same answer. */
  readonly claimId: string;
}

export type ClaimAnswer =
  | {
      readonly granted: true;
      readonly clientId: string;
      readonly deviceToken: string;
      readonly deviceId: string;
      readonly generation: number;
      readonly tenant: string;
      readonly position: number;
    }
  | {
      readonly granted: false;
      readonly reason:
        | 'unknown-product'
        | 'dynamic-activation-off'
        | 'device-disabled'
        | 'name-closed'
        | 'slots-full'
        | 'registry-away'
        | 'too-many-requests';
    };

export interface ReleaseRequest {
  readonly tenant: string;
  readonly productKey: string;
  readonly deviceKey: string;
  readonly generation: number;
  readonly clientId: string;
  readonly reason: 'connection-lost' | 'refused';
}

export interface ActivationRequest {
  readonly productKey: string;
  readonly deviceKey: string;
  readonly gatewayId: string;
  readonly dialect: string;
  /** Where the device calls from, without its port. */
  readonly address?: string;
  /** Names this activation: a repeat with the same id gets the same answer, from any registry. */
  readonly activationId: string;
  /** The id by which the device calls itself, a new name's own (Huawei); null: it names none. */
  readonly deviceId: string | null;
  /** An unknown name is made, where its product is registration-free (Huawei's bootstrap). */
  readonly makes: boolean;
}

export type ActivationAnswer =
  | {
      readonly granted: true;
      readonly deviceSecret: string;
      readonly secretVersion: number;
      readonly deviceId: string;
      readonly generation: number;
      readonly tenant: string;
      readonly position: number;
    }
  | {
      readonly granted: false;
      readonly reason:
        | 'unknown-product'
        | 'unknown-device'
        | 'dynamic-activation-off'
        | 'already-activated'
        | 'device-disabled'
        | 'registry-away'
        | 'too-many-requests';
    };
