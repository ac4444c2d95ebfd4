import { generateKeyPair, X509Certificate, type KeyObject } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { promisify } from 'node:util';
import { parseIdentities, validityOf } from './parse-identities.ts';
import type { Root } from './own-root.ts';
import type { TlsIdentity } from './tls-identity.types.ts';

const DAY_MS = 86_400_000;
const LEAF_DAYS = 90;
const RENEWED_BEFORE_MS = 30 * DAY_MS;
/** Clocks of devices are off. */
const EARLIER_MS = DAY_MS;
/** RFC 5280, upper bound of a common name. */
const COMMON_NAME_CHARACTERS = 64;

const generate = promisify(generateKeyPair);

/** As a certificate prints its names, in one spelling for both sides of the comparison. */
function namesOf({ subjectAltName = '' }: X509Certificate): string {
  return subjectAltName.split(', ').map(normal).toSorted().join();
}

function normal(entry: string): string {
  const [kind = '', ...rest] = entry.split(':');
  const value = rest.join(':').toLowerCase();
  return kind === 'IP Address' && isIP(value) === 6
    ? `ip:${new URL(`http://[${value}]`).hostname}`
    : `${kind === 'DNS' ? 'dns' : 'ip'}:${value}`;
}

const wanted = (names: readonly string[]): string =>
  names
    .map((name) => normal(`${isIP(name) > 0 ? 'IP Address' : 'DNS'}:${name}`))
    .toSorted()
    .join();

/** Of this root, for these names, and good for a while. */
export function areGood(
  leaves: readonly TlsIdentity[],
  root: Root,
  names: readonly string[],
  now: number,
): boolean {
  const { from, to } = validityOf(leaves);
  const last = Math.min(to - RENEWED_BEFORE_MS, root.notAfter);
  return (
    leaves.length === 2 &&
    from <= now &&
    now < last &&
    leaves
      .map(({ certPem }) => new X509Certificate(certPem))
      .every((leaf) => leaf.verify(root.publicKey) && namesOf(leaf) === wanted(names))
  );
}

/** What was kept in the file, as far as it can be used: it can be made anew at any time. */
export function readLeaves(file: string): readonly TlsIdentity[] | null {
  if (!existsSync(file)) return null;
  const parsed = parseIdentities(readFileSync(file, 'utf8'));
  return parsed.ok ? parsed.value : null;
}

/** What makes certificates takes its time to load, and most starts need none of it. */
async function makeLeaf(
  { publicKey, privateKey }: { readonly publicKey: KeyObject; readonly privateKey: KeyObject },
  root: Root,
  serverNames: readonly string[],
  now: number,
): Promise<TlsIdentity> {
  const { issueCertificate } = await import('./issue-certificate.ts');
  const commonName =
    serverNames.find((name) => name.length <= COMMON_NAME_CHARACTERS) ?? 'tallystick';
  const notAfter = Math.min(now + LEAF_DAYS * DAY_MS, root.notAfter);
  const validity = { notBefore: now - EARLIER_MS, notAfter };
  const request = { commonName, publicKey, serverNames, ...validity };
  return {
    certPem: await issueCertificate(request, root),
    keyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

/**
 * A pair for clients of today, and one for firmware that knows RSA alone. The keys are made, and
 * the certificates signed, outside of the event loop.
 */
export async function makeLeaves(
  root: Root,
  names: readonly string[],
  now: number,
): Promise<readonly TlsIdentity[]> {
  const [ec, rsa] = await Promise.all([
    generate('ec', { namedCurve: 'prime256v1' }),
    generate('rsa', { modulusLength: 2048 }),
  ]);
  return Promise.all([ec, rsa].map((keys) => makeLeaf(keys, root, names, now)));
}
