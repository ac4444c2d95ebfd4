import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TlsIdentity } from '../tls-door.ts';

const KEYS = {
  ec: ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256'],
  rsa: ['rsa:2048'],
} as const;

/** A new self-signed certificate for localhost, made by the openssl of this machine. */
export function newIdentity(kind: keyof typeof KEYS, commonName = 'localhost'): TlsIdentity {
  const folder = mkdtempSync(join(tmpdir(), 'tallystick-tls-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  try {
    execFileSync(
      'openssl',
      [
        ...['req', '-x509', '-newkey', ...KEYS[kind], '-nodes', '-keyout', key, '-out', cert],
        ...['-days', '2', '-subj', `/CN=${commonName}`],
        ...['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
      ],
      { stdio: 'pipe' },
    );
    return { certPem: readFileSync(cert, 'utf8'), keyPem: readFileSync(key, 'utf8') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
