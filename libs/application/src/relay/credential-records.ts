import {
  PRODUCT_GENERATION,
  type CredentialGone,
  type DeviceCredential,
  type DistributedSecret,
  type ProductCredential,
} from '@tallystick/contracts';
import type { LiveDevice, LiveProduct } from '@tallystick/domain';
import type { Folded } from './folded.ts';

interface Sealed {
  readonly incarnation: number;
  readonly keyEpoch: number;
  readonly secrets: readonly DistributedSecret[];
}

function ofDevice(device: LiveDevice, { at }: Folded, sealed: Sealed): DeviceCredential {
  return {
    kind: 'device',
    tenant: device.tenant,
    productKey: device.productKey,
    deviceKey: device.deviceKey,
    deviceId: device.deviceId,
    generation: device.generation,
    revision: at.revision,
    position: at.position,
    keyEpoch: sealed.keyEpoch,
    incarnation: sealed.incarnation,
    active: device.activatedAt !== null,
    disabled: device.disabled,
    dynamicOpen: device.dynamicOpen,
    resetAt: device.resetAt,
    secrets: sealed.secrets,
    open: device.units.open,
    units: device.units.units.map(({ clientId, tokenHash, state }) => ({
      clientId,
      tokenHash,
      state,
    })),
  };
}

function ofProduct(product: LiveProduct, { at }: Folded, sealed: Sealed): ProductCredential {
  return {
    kind: 'product',
    tenant: product.tenant,
    productKey: product.productKey,
    revision: at.revision,
    position: at.position,
    keyEpoch: sealed.keyEpoch,
    incarnation: sealed.incarnation,
    dialect: product.dialect,
    dynamicActivation: product.dynamicActivation,
    registrationFree: product.registrationFree,
    maxUnits: product.maxUnits,
    silenceSeconds: product.silenceSeconds,
    silenceCounts: product.silenceCounts,
    certificateRequired: product.certificateRequired,
    secrets: sealed.secrets,
  };
}

interface Life {
  readonly deviceKey: string | null;
  readonly deviceId: string | null;
  readonly generation: number;
}

const OF_PRODUCT: Life = { deviceKey: null, deviceId: null, generation: PRODUCT_GENERATION };

function gone({ tenant, productKey, at }: Folded, life: Life, sealed: Sealed): CredentialGone {
  const { revision, position } = at;
  const { keyEpoch, incarnation } = sealed;
  return {
    ...{ kind: 'gone', tenant, productKey, ...life, revision, position, keyEpoch, incarnation },
  };
}

/** What a gateway needs to know of a key: the same record on both lanes. */
export function toCredential(
  folded: Folded,
  sealed: Sealed,
): DeviceCredential | ProductCredential | CredentialGone {
  const { identity, at } = folded;
  if (identity.kind === 'product') {
    const { state } = identity;
    return state.status === 'absent'
      ? gone(folded, OF_PRODUCT, sealed)
      : ofProduct(state, folded, sealed);
  }
  const { state, deviceKey } = identity;
  if (state.status !== 'absent') return ofDevice(state, folded, sealed);
  // The subject of a device's last event is the id of the life that ended with it.
  const life = { deviceKey, deviceId: at.meta.subject, generation: state.generation };
  return gone(folded, life, sealed);
}
