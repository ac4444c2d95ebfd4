import { loadToken } from '@tallystick/services-edge';
import { RegistryClient } from '../claims/registry-client.ts';
import type { AuthGatewayDeps } from '../gateway.types.ts';

/** The registries' internal API, under the credential of gateways. */
export function createRegistryClient({ home, settings }: AuthGatewayDeps): RegistryClient {
  const { internalToken: value, internalTokenFile: file, registryUrls: urls } = settings;
  const named = { setting: 'TALLYSTICK_INTERNAL_TOKEN_FILE', value, file };
  const { token } = loadToken(home, { ...named, fallback: 'internal-token' }, false);
  return new RegistryClient({ urls, token });
}
