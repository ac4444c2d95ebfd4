import type { DistributionSealer } from './distribution.ts';

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
  /** Of the key that it is sealed under. */
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
