import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { givenAllInOne, givenPlatform } from '../e2e/harness/given.ts';
import type { Api } from '../e2e/harness/api.ts';
import { ALL_NAMES, certificateIn, createCertificate } from './certificate.ts';

/** Where the vendors' SDKs find a platform: its doors, and the root certificate that they trust. */
export interface World {
  readonly api: Api;
  /** Of the registry's HTTP. */
  url(): string;
  /** A device port by its name in ports.json. */
  port(name: Door): number;
  /** The file (PEM). */
  readonly root: string;
}

export type Door = 'mqtt' | 'mqtts' | 'enosMqtt' | 'enosMqtts' | 'mqttWs' | 'deviceHttp';

const doorOf = (ports: Readonly<Record<string, number>>, name: Door): number => {
  const port = ports[name];
  if (port === undefined) throw new Error(`the platform has no port ${name}`);
  return port;
};

/** All in one process, with the certificate that it makes for itself. */
export function givenAllInOneWorld(): World & { readonly home: string } {
  const given = givenAllInOne({ TALLYSTICK_SERVER_NAMES: ALL_NAMES.join(',') });
  return {
    api: (...call) => given.api(...call),
    url: () => given.app.url,
    port: (name) => doorOf(given.app.ports, name),
    get home() {
      return given.app.home;
    },
    get root() {
      return join(given.app.home, 'tls-root.pem');
    },
  };
}

/** The separate apps, with a certificate from a file. */
export function givenPlatformWorld(): World {
  const folder = mkdtempSync(join(tmpdir(), 'tallystick-tls-'));
  const { root, certificate, key } = certificateIn(folder);
  beforeAll(() => createCertificate(folder));
  const platform = givenPlatform({
    settings: { TALLYSTICK_TLS_CERT_FILE: certificate, TALLYSTICK_TLS_KEY_FILE: key },
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return {
    api: (...call) => platform.api(...call),
    url: () => platform.registries[0]?.url ?? '',
    port: (name) => doorOf(platform.gateways[0]?.ports ?? {}, name),
    root,
  };
}
