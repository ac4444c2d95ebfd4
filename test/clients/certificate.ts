import { join } from 'node:path';
import { runToEnd } from '../stack/processes.ts';

/** The host that Alibaba's SDKs have compiled in for their HTTP registration. */
export const ALIBABA_AUTH_HOST = 'iot-auth.cn-shanghai.aliyuncs.com';

/** What a device may call the platform here. */
export const ALL_NAMES = ['localhost', '127.0.0.1', ALIBABA_AUTH_HOST];

export interface Certificate {
  readonly root: string;
  /** The chain. */
  readonly certificate: string;
  readonly key: string;
}

function openssl(...args: readonly string[]): void {
  const { status, output } = runToEnd('openssl', args, 30_000);
  if (status !== 0) throw new Error(`openssl ${args.join(' ')}: ${output}`);
}

/** Where {@link createCertificate} puts them. */
export const certificateIn = (folder: string): Certificate => ({
  root: join(folder, 'root.pem'),
  certificate: join(folder, 'server.pem'),
  key: join(folder, 'server.key'),
});

/**
 * A root, and a server certificate of it, as an operator makes them with OpenSSL. With the
 * extensions that Python 3.13 and newer ask of a root.
 */
export function createCertificate(folder: string): void {
  const { root, certificate, key } = certificateIn(folder);
  const rootKey = join(folder, 'root.key');
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  const names = ALL_NAMES.map((name) => `${/^[\d.]+$/.test(name) ? 'IP' : 'DNS'}:${name}`);
  const request = ['req', '-x509', ...ec];
  const usage = ['-addext', 'keyUsage=critical,keyCertSign,cRLSign'];
  openssl(...request, ...usage, '-subj', '/CN=Test root', '-keyout', rootKey, '-out', root);
  openssl(
    ...[...request, '-CA', root, '-CAkey', rootKey, '-subj', '/CN=localhost'],
    ...['-addext', `subjectAltName=${names.join(',')}`],
    ...['-addext', 'basicConstraints=critical,CA:FALSE'],
    ...['-keyout', key, '-out', certificate],
  );
}
