import type { Clock } from '@tallystick/ports';
import { writeFileAtomically } from '../home.ts';
import type { Home } from '../home.types.ts';
import { areGood, makeLeaves, readLeaves } from './own-leaves.ts';
import { loadRoot, ROOT_FILE } from './own-root.ts';
import type { TlsIdentities, TlsIdentity, TlsLog } from './tls-identity.types.ts';

const LEAVES_FILE = 'tls-server.pem';
const LOOK_EVERY_MS = 3_600_000;

export interface OwnIdentitiesOptions {
  readonly home: Home;
  /** Host names and addresses. */
  readonly names: readonly string[];
  readonly clock: Pick<Clock, 'now'>;
  readonly logger: Pick<TlsLog, 'error' | 'info'>;
  /** How often it is asked whether the certificates are still good; an hour unless said. */
  readonly lookEveryMs?: number;
}

/** Certificates that the installation makes for itself, from a root of its own in HOME. */
class OwnIdentities implements TlsIdentities {
  readonly #options: OwnIdentitiesOptions;
  #current: readonly TlsIdentity[] | null = null;
  #fault: string | null = null;
  #tell: () => void = () => undefined;
  #timer: NodeJS.Timeout | null = null;
  #closed = false;

  constructor(options: OwnIdentitiesOptions) {
    this.#options = options;
  }

  /** Never rejects: without a certificate the plain doors still serve. */
  async look(): Promise<void> {
    await this.#renew().catch((error: unknown) => this.#fail(error));
    if (this.#closed) return;
    this.#timer = setTimeout(() => void this.look(), this.#options.lookEveryMs ?? LOOK_EVERY_MS);
    this.#timer.unref();
  }

  async #renew(): Promise<void> {
    const { home, names, clock, logger } = this.#options;
    const root = await loadRoot(home, clock.now);
    const file = home.file(LEAVES_FILE);
    const kept = this.#current ?? readLeaves(file);
    if (kept !== null && areGood(kept, root, names, clock.now())) return this.#use(kept);
    const made = await makeLeaves(root, names, clock.now());
    writeFileAtomically(file, made.map(({ certPem, keyPem }) => certPem + keyPem).join(''));
    logger.info({ names, root: home.file(ROOT_FILE) }, 'a certificate was made for the TLS ports');
    this.#use(made);
  }

  #use(identities: readonly TlsIdentity[]): void {
    this.#fault = null;
    if (identities === this.#current) return;
    this.#current = identities;
    this.#tell();
  }

  #fail(error: unknown): void {
    const why = error instanceof Error ? error.message : 'unknown';
    if (this.#fault !== why)
      this.#options.logger.error({ err: error }, 'no certificate could be made for the TLS ports');
    this.#fault = why;
  }

  current(): readonly TlsIdentity[] | null {
    return this.#current;
  }

  state(): string {
    if (this.#fault === null) return 'ok';
    return this.#current === null ? `shut: ${this.#fault}` : `not renewed: ${this.#fault}`;
  }

  onChange(tell: () => void): void {
    this.#tell = tell;
  }

  close(): void {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }
}

/** Resolves once the first certificates are there, or could not be made (`state` says why). */
export async function openOwnIdentities(options: OwnIdentitiesOptions): Promise<TlsIdentities> {
  const identities = new OwnIdentities(options);
  await identities.look();
  return identities;
}
