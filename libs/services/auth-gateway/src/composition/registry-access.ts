import { Outage } from '@tallystick/kernel';
import { loadToken } from '@tallystick/services-edge';
import { RegistryClient } from '../claims/registry-client.ts';
import type { AuthGatewayDeps } from '../gateway.types.ts';

/** The registries' internal API, under the credential of gateways. */
export function createRegistryClient({ home, settings, logger }: AuthGatewayDeps): RegistryClient {
  const { internalToken: value, internalTokenFile: file, registryUrls: urls } = settings;
  const named = { setting: 'TALLYSTICK_INTERNAL_TOKEN_FILE', value, file };
  const { token } = loadToken(home, { ...named, fallback: 'internal-token' }, false);
  const outage = new Outage({
    away: (error) => logger.warn({ error }, 'no registry answers: claims are refused'),
    back: (awayMs) => logger.warn({ awayMs }, 'a registry answers again'),
  });
  return new RegistryClient({ urls, token, outage });
}
