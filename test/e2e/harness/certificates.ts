import { mkdtempSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { loadSettings, openHome, openTlsIdentities, systemClock } from '@tallystick/services-edge';

const quiet = (): void => undefined;
const logger = { info: quiet, warn: quiet, error: quiet, debug: quiet };

export interface MadeCertificate {
  readonly root: string;
  readonly certPem: string;
  readonly keyPem: string;
}

/** A root of its own and an EC certificate for 127.0.0.1, as an operator's CA would give one. */
export async function madeCertificate(): Promise<MadeCertificate> {
  const home = openHome(mkdtempSync(join(tmpdir(), 'tallystick-cert-')));
  const settings = loadSettings({ TALLYSTICK_HOME: home.path });
  if (!settings.ok) throw new Error(settings.error.join());
  const parts = { home, settings: settings.value, logger, clock: systemClock };
  const identities = await openTlsIdentities(parts, 'make');
  identities.close();
  home.release();
  const [ec] = identities.current() ?? [];
  if (ec === undefined) throw new Error(identities.state());
  return { root: readFileSync(join(home.path, 'tls-root.pem'), 'utf8'), ...ec };
}

/** Replaces a file in one step. */
export function replaceFile(file: string, content: string): void {
  writeFileSync(`${file}.new`, content);
  renameSync(`${file}.new`, file);
}

/** Fingerprint of what a port shows to a new handshake; null: there is no handshake. */
export function shownBy(port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const socket: TLSSocket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false });
    socket.once('secureConnect', () => {
      resolve(socket.getPeerX509Certificate()?.fingerprint256 ?? null);
      socket.destroy();
    });
    socket.once('error', () => resolve(null));
  });
}
