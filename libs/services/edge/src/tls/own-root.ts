import { createPrivateKey, createPublicKey, generateKeyPair, X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { PortError } from '@tallystick/kernel';
import { writeFileAtomically } from '../home.ts';
import type { Home } from '../home.types.ts';
import type { Issuer } from './issue-certificate.ts';

const DAY_MS = 86_400_000;
/** A root is built into firmware: it outlives the devices. */
const ROOT_DAYS = 20 * 365;
/** Clocks of devices are off. */
const EARLIER_MS = DAY_MS;

export const ROOT_FILE = 'tls-root.pem';
const ROOT_KEY_FILE = 'tls-root-key.pem';

const generate = promisify(generateKeyPair);

type Keys = Pick<Issuer, 'privateKey' | 'publicKey'>;

export interface Root extends Keys {
  readonly certPem: string;
  readonly notAfter: number;
}

const unusable = (file: string, why: string): PortError =>
  new PortError(
    'misconfigured',
    `${file} ${why}: restore it, or remove ${ROOT_FILE} and ${ROOT_KEY_FILE} for a new root, which devices must then be given`,
  );

/** RSA, for firmware that verifies nothing else. Never replaced: devices trust what it signed. */
async function loadKey(home: Home): Promise<Keys> {
  const file = home.file(ROOT_KEY_FILE);
  if (!existsSync(file)) {
    if (existsSync(home.file(ROOT_FILE))) throw unusable(file, 'is not there');
    const made = await generate('rsa', { modulusLength: 2048 });
    const pem = made.privateKey.export({ type: 'pkcs8', format: 'pem' });
    writeFileAtomically(file, pem.toString());
    return made;
  }
  try {
    const privateKey = createPrivateKey(readFileSync(file));
    if (privateKey.asymmetricKeyType === 'rsa')
      return { privateKey, publicKey: createPublicKey(privateKey) };
  } catch {
    // Said below: what stands in it is repeated nowhere.
  }
  throw unusable(file, 'holds no RSA key');
}

/** The certificate that stands there, if it is of this key. */
function readCertificate(file: string, { privateKey }: Keys): string | null {
  if (!existsSync(file)) return null;
  const certPem = readFileSync(file, 'utf8');
  try {
    if (new X509Certificate(certPem).checkPrivateKey(privateKey)) return certPem;
  } catch {
    // Said below.
  }
  throw unusable(file, `holds no certificate of the key in ${ROOT_KEY_FILE}`);
}

/** Two installations must not have roots of one name: a client that trusts both confuses them. */
async function issueRoot(keys: Keys, now: number): Promise<string> {
  const { issueCertificate, keyIdOf } = await import('./issue-certificate.ts');
  const { publicKey } = keys;
  const request = {
    commonName: `Tallystick TLS root ${keyIdOf(publicKey).toString('hex').slice(0, 8)}`,
    ...{ publicKey, serverNames: null },
    notBefore: now - EARLIER_MS,
    notAfter: now + ROOT_DAYS * DAY_MS,
  };
  return issueCertificate(request, { ...keys, certPem: null });
}

/**
 * The root of the certificates that this installation makes for itself: made once, stable over
 * restarts. Throws PortError `misconfigured` where what is there is none.
 */
export async function loadRoot(home: Home, now: () => number): Promise<Root> {
  const keys = await loadKey(home);
  const file = home.file(ROOT_FILE);
  const kept = readCertificate(file, keys);
  const certPem = kept ?? (await issueRoot(keys, now()));
  if (kept === null) writeFileAtomically(file, certPem, 0o644);
  return { ...keys, certPem, notAfter: new X509Certificate(certPem).validToDate.getTime() };
}
