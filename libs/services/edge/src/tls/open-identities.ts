import type { Clock } from '@tallystick/ports';
import type { AppContext } from '../run-app.ts';
import { openFileIdentities } from './file-identities.ts';
import { openOwnIdentities } from './own-identities.ts';
import type { TlsIdentities } from './tls-identity.types.ts';

type Context = Pick<AppContext, 'home' | 'settings' | 'logger'> & {
  readonly clock: Pick<Clock, 'now'>;
};

const NONE = 'TALLYSTICK_TLS_CERT_FILE is not set';

/** Nobody makes one for a gateway that was given none. */
function noIdentities({ logger }: Context): TlsIdentities {
  logger.warn({}, `the TLS ports stay shut: ${NONE}`);
  return {
    current: () => null,
    state: () => `shut: ${NONE}`,
    onChange: () => undefined,
    close: () => undefined,
  };
}

/**
 * The certificate of the devices' TLS ports: from the files that the settings name, else made by
 * whoever may (all-in-one), else none.
 */
export async function openTlsIdentities(
  context: Context,
  whenAbsent: 'make' | 'none',
): Promise<TlsIdentities> {
  const { settings, home, clock, logger } = context;
  const { tlsCertFile: certFile, tlsKeyFile: keyFile } = settings;
  if (certFile !== null && keyFile !== null)
    return openFileIdentities({ certFile, keyFile, clock, logger });
  if (whenAbsent === 'none') return noIdentities(context);
  const names = [...new Set([...settings.serverNames, settings.deviceHost])];
  return openOwnIdentities({ home, names, clock, logger });
}
