import type { Ids } from '@tallystick/ports';
import { NONCE_BYTES, openBytes, sealBytes } from './aes-gcm.ts';
import { fingerprintOf } from './fingerprint.ts';
import type { EpochKey, GatewayKeys } from './key-files.ts';

/** What a sealed secret is bound to: it opens for this record, life and version alone. */
function associated(recordKey: string, generation: number, version: number): string {
  return `${recordKey}|${generation}|${version}`;
}

function nameOf({ epoch, key }: EpochKey): string {
  return `${epoch}.${fingerprintOf(key, 'gateway key', 16)}`;
}

/** The hierarchy of distribution: secrets sealed for the gateways under the newest epoch's key. */
export interface DistributionSealer {
  readonly keyEpoch: number;
  /**
   * `<epoch>.<fingerprint>`: if a lost key is replaced by a new one of the same number, the names
   * differ.
   */
  readonly keyName: string;
  /** Base64 of nonce (12), ciphertext, tag (16). A product's generation is 0. */
  seal(recordKey: string, generation: number, version: number, plaintext: Uint8Array): string;
}

export function createDistributionSealer(deps: {
  readonly epochKey: EpochKey;
  readonly ids: Ids;
}): DistributionSealer {
  const { epochKey, ids } = deps;
  return {
    keyEpoch: epochKey.epoch,
    keyName: nameOf(epochKey),
    seal: (recordKey, generation, version, plaintext) =>
      sealBytes(
        epochKey.key,
        ids.bytes(NONCE_BYTES),
        associated(recordKey, generation, version),
        plaintext,
      ).toString('base64'),
  };
}

/** A gateway's side: holds the epoch keys, asks no service. */
export interface DistributionOpener {
  /** null: of an epoch that is not held, of another record, life or version, or tampered with. */
  open(
    recordKey: string,
    generation: number,
    version: number,
    keyEpoch: number,
    sealed: string,
  ): Uint8Array | null;
}

export function createDistributionOpener(keys: GatewayKeys): DistributionOpener {
  const byEpoch = new Map(keys.map(({ epoch, key }) => [epoch, key]));
  return {
    open(recordKey, generation, version, keyEpoch, sealed) {
      const key = byEpoch.get(keyEpoch);
      if (key === undefined) return null;
      const bytes = Buffer.from(sealed, 'base64');
      return openBytes(key, associated(recordKey, generation, version), bytes);
    },
  };
}

/**
 * For which record, life and version a secret is sealed for the gateways. A product's generation is
 * 0.
 */
export interface SealedFor {
  readonly recordKey: string;
  readonly generation: number;
  readonly version: number;
}

/** A secret as the gateways open it. Its record key is not said: it opens under no other. */
export interface GatewayCopy {
  /** The name of the key that it is sealed under. */
  readonly keyName: string;
  readonly generation: number;
  readonly version: number;
  /** As {@link DistributionSealer} seals. */
  readonly sealed: string;
}

const NUMBER = '(0|[1-9][0-9]{0,14})';
const KEY_NAME = '([1-9][0-9]{0,14}\\.[0-9a-f]{16})';
const FORM = new RegExp(`^${KEY_NAME}\\|${NUMBER}\\|${NUMBER}\\|([A-Za-z0-9+/]+={0,2})$`);

/** `<key name>|<generation>|<version>|<base64>` */
export function encodeGatewayCopy(copy: GatewayCopy): string {
  return `${copy.keyName}|${copy.generation}|${copy.version}|${copy.sealed}`;
}

/** What {@link encodeGatewayCopy} wrote; null: it is something else. */
export function parseGatewayCopy(text: string): GatewayCopy | null {
  const [, keyName, generation, version, sealed] = FORM.exec(text) ?? [];
  if (keyName === undefined || sealed === undefined || sealed.length % 4 !== 0) return null;
  return {
    keyName,
    generation: Number(generation),
    version: Number(version),
    sealed,
  };
}

/** The copy that goes into the vault beside the secret itself. */
export function sealGatewayCopy(
  sealer: DistributionSealer,
  { recordKey, generation, version }: SealedFor,
  plaintext: Uint8Array,
): string {
  const sealed = sealer.seal(recordKey, generation, version, plaintext);
  return encodeGatewayCopy({ keyName: sealer.keyName, generation, version, sealed });
}
