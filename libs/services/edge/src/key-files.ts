import { PortError, type Result } from '@tallystick/kernel';
import { loadKeyFile, newGatewayKeys, newKeyRing } from './credentials-files.ts';
import type { AppContext } from './run-app.ts';

type Holder = Pick<AppContext, 'home' | 'settings'>;
type Parse<Keys> = (json: string) => Result<Keys, { readonly message: string }>;

function parsed<Keys>(setting: string, json: string, parse: Parse<Keys>): Keys {
  const result = parse(json);
  if (result.ok) return result.value;
  throw new PortError(
    'misconfigured',
    `${setting}: the file is no key file: ${result.error.message}`,
  );
}

/** The key ring, which the registry alone has; a first one is made where there is none. */
export function readKeyRing<Keys>(
  { home, settings }: Holder,
  parse: Parse<Keys>,
  now: () => number,
): Keys {
  const setting = 'TALLYSTICK_KEY_RING_FILE';
  const named = { setting, file: settings.keyRingFile, fallback: 'key-ring.json' };
  const json = loadKeyFile(home, named, () => newKeyRing(new Date(now())));
  return parsed(setting, json, parse);
}

/**
 * The gateway ring. Only the registry makes a first one where there is none: one that a gateway
 * made would open nothing.
 */
export function readGatewayKeys<Keys>(
  { home, settings }: Holder,
  parse: Parse<Keys>,
  whenAbsent: 'make' | 'fail',
): Keys {
  const setting = 'TALLYSTICK_GATEWAY_KEYS_FILE';
  const named = { setting, file: settings.gatewayKeysFile, fallback: 'gateway-keys.json' };
  const json = loadKeyFile(home, named, whenAbsent === 'make' ? newGatewayKeys : null);
  return parsed(setting, json, parse);
}
