export {
  createDistributionOpener,
  createDistributionSealer,
  type DistributionOpener,
  type DistributionSealer,
} from './distribution.ts';
export { fingerprintOf } from './fingerprint.ts';
export { sealGatewayCopy } from './distribution.ts';
export {
  parseGatewayKeys,
  parseKeyRing,
  type EpochKey,
  type GatewayKeys,
  type KeyFileProblem,
  type KeyRing,
  type RingKey,
} from './key-files.ts';
export { createSecretVault, type SecretVault, type SecretVaultDeps } from './secret-vault.ts';
export { createUnnamedSecrets, type CollectUnnamed } from './unnamed-secrets.ts';
