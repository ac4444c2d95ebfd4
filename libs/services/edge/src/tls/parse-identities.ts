import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { err, ok, type Result } from '@tallystick/kernel';
import type { TlsIdentity } from './tls-identity.types.ts';

const BLOCK = /-----BEGIN ([A-Z0-9 ]{1,40})-----[^-]*-----END \1-----/g;
const MOST_BLOCKS = 20;

interface Blocks {
  readonly certificates: readonly X509Certificate[];
  readonly keys: readonly KeyObject[];
}

/** Certificates and keys; other blocks are passed over. Throws what OpenSSL says. */
function readBlocks(pem: string): Blocks {
  const found = [...pem.matchAll(BLOCK)].map(([text, label = '']) => ({ text, label }));
  const certificates = found.filter(({ label }) => label === 'CERTIFICATE');
  const keys = found.filter(({ label }) => label.endsWith('PRIVATE KEY'));
  if (certificates.length > MOST_BLOCKS || keys.length > MOST_BLOCKS)
    throw new Error(`more than ${MOST_BLOCKS} certificates or keys`);
  return {
    certificates: certificates.map(({ text }) => new X509Certificate(text)),
    keys: keys.map(({ text }) => createPrivateKey(text)),
  };
}

/** The leaf and, after it, whoever issued it and that one, as far as they are there. */
function chainOf(leaf: X509Certificate, all: readonly X509Certificate[]): X509Certificate[] {
  const chain = [leaf];
  for (let last = leaf; ;) {
    const issuer = all.find((one) => !chain.includes(one) && last.checkIssued(one));
    if (issuer === undefined) return chain;
    chain.push(issuer);
    last = issuer;
  }
}

/** One pair is served as it stands, cross-signed chains too; of two each gets its own chain. */
function identityOf(key: KeyObject, { certificates, keys }: Blocks): TlsIdentity | null {
  const leaf = certificates.find((one) => one.checkPrivateKey(key));
  if (leaf === undefined) return null;
  const others = certificates.filter((one) => one !== leaf);
  const chain = keys.length === 1 ? [leaf, ...others] : chainOf(leaf, others);
  const keyPem = key.export({ type: 'pkcs8', format: 'pem' }).toString();
  return { certPem: chain.map((one) => one.toString()).join(''), keyPem };
}

function parse(pem: string): Result<readonly TlsIdentity[], string> {
  if (pem.includes('BEGIN ENCRYPTED PRIVATE KEY') || pem.includes('Proc-Type: 4,ENCRYPTED'))
    return err('the key is encrypted: one without a passphrase is needed');
  const blocks = readBlocks(pem);
  if (blocks.certificates.length === 0) return err('there is no certificate in it');
  if (blocks.keys.length === 0) return err('there is no private key in it');
  if (new Set(blocks.keys.map((key) => key.asymmetricKeyType)).size < blocks.keys.length)
    return err('it holds two keys of one kind: one, or an EC and an RSA key, can be served');
  const identities: TlsIdentity[] = [];
  for (const key of blocks.keys) {
    const identity = identityOf(key, blocks);
    if (identity === null) return err('the key fits no certificate in it');
    createSecureContext({ cert: identity.certPem, key: identity.keyPem });
    identities.push(identity);
  }
  return ok(identities);
}

/** What OpenSSL says of a block that is none names no part of it. */
const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : 'unknown');

/**
 * Certificates and keys of one or two files together. Only what a TLS server can be opened with is
 * answered; the error never repeats a part of the text.
 */
export function parseIdentities(pem: string): Result<readonly TlsIdentity[], string> {
  try {
    return parse(pem);
  } catch (error) {
    return err(`it cannot be used: ${wordsOf(error)}`);
  }
}

/** From when to when all of them are good. */
export function validityOf(identities: readonly TlsIdentity[]): {
  readonly from: number;
  readonly to: number;
} {
  const leaves = identities.map(({ certPem }) => new X509Certificate(certPem));
  return {
    from: Math.max(...leaves.map((leaf) => leaf.validFromDate.getTime())),
    to: Math.min(...leaves.map((leaf) => leaf.validToDate.getTime())),
  };
}
