import { readFile, stat } from 'node:fs/promises';
import { err, type Result } from '@tallystick/kernel';
import type { Clock } from '@tallystick/ports';
import { parseIdentities, validityOf } from './parse-identities.ts';
import type { TlsIdentities, TlsIdentity, TlsLog } from './tls-identity.types.ts';

const LOOK_EVERY_MS = 250;
const MOST_BYTES = 1_048_576;

export interface FileIdentitiesOptions {
  readonly certFile: string;
  readonly keyFile: string;
  readonly clock: Pick<Clock, 'now'>;
  readonly logger: Pick<TlsLog, 'info' | 'warn'>;
  readonly lookEveryMs?: number;
}

/**
 * What tells one content of a file from another, without reading it. Looked at by its name each
 * time, as a mounted Secret is replaced by another link; and asked for again and again, as not
 * every file system tells of its changes.
 */
async function markOf(file: string): Promise<string> {
  try {
    const { ino, size, mtimeNs, ctimeNs } = await stat(file, { bigint: true });
    return [ino, size, mtimeNs, ctimeNs].join(':');
  } catch {
    return 'absent';
  }
}

async function textOf(file: string): Promise<string> {
  const { size } = await stat(file);
  return size > MOST_BYTES ? '' : readFile(file, 'utf8');
}

function whyUnread(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  return code === 'ENOENT' ? 'is not there' : 'cannot be read';
}

async function read(setting: string, file: string): Promise<Result<string, string>> {
  try {
    return { ok: true, value: await textOf(file) };
  } catch (error) {
    return err(`${setting}: ${file} ${whyUnread(error)}`);
  }
}

async function readBoth(certFile: string, keyFile: string) {
  const cert = await read('TALLYSTICK_TLS_CERT_FILE', certFile);
  if (!cert.ok) return cert;
  if (certFile === keyFile) return parsed(cert.value, certFile);
  const key = await read('TALLYSTICK_TLS_KEY_FILE', keyFile);
  return key.ok ? parsed(`${cert.value}\n${key.value}`, certFile) : key;
}

function parsed(pem: string, certFile: string): Result<readonly TlsIdentity[], string> {
  const identities = parseIdentities(pem);
  return identities.ok
    ? identities
    : err(`TALLYSTICK_TLS_CERT_FILE: ${certFile}: ${identities.error}`);
}

/** Certificate and key of two files, read again whenever one of them changes. */
class FileIdentities implements TlsIdentities {
  readonly #options: FileIdentitiesOptions;
  #current: readonly TlsIdentity[] | null = null;
  /** Of the files as they were read last. */
  #mark = '';
  #fault: string | null = null;
  #isTold = false;
  #tell: () => void = () => undefined;
  #timer: NodeJS.Timeout | null = null;
  #closed = false;

  constructor(options: FileIdentitiesOptions) {
    this.#options = options;
  }

  async look(): Promise<void> {
    const { certFile, keyFile, lookEveryMs = LOOK_EVERY_MS } = this.#options;
    const mark = (await Promise.all([certFile, keyFile].map(markOf))).join(' ');
    if (mark === this.#mark) this.#complain();
    else {
      this.#mark = mark;
      this.#take(await readBoth(certFile, keyFile));
    }
    if (this.#closed) return;
    this.#timer = setTimeout(() => void this.look(), lookEveryMs);
    this.#timer.unref();
  }

  #take(read: Result<readonly TlsIdentity[], string>): void {
    const why = read.ok ? this.#unfit(read.value) : read.error;
    this.#fault = why;
    this.#isTold = false;
    if (!read.ok || why !== null) return;
    const before = JSON.stringify(this.#current);
    if (before === JSON.stringify(read.value)) return;
    this.#current = read.value;
    this.#options.logger.info({ file: this.#options.certFile }, 'the TLS ports have a certificate');
    this.#tell();
  }

  /** One that has ended is better than none, for many devices look at no date. */
  #unfit(identities: readonly TlsIdentity[]): string | null {
    const now = this.#options.clock.now();
    if (validityOf(identities).to > now) return null;
    const what = `TALLYSTICK_TLS_CERT_FILE: ${this.#options.certFile} holds a certificate that has ended`;
    if (this.#current !== null) return what;
    this.#options.logger.warn({}, `${what}, and is served for want of another`);
    return null;
  }

  /** Two files are not replaced in one step: what does not last a moment is not worth a word. */
  #complain(): void {
    if (this.#fault === null || this.#isTold) return;
    this.#isTold = true;
    const { logger } = this.#options;
    if (this.#current === null) logger.warn({}, `the TLS ports stay shut: ${this.#fault}`);
    else logger.warn({}, `the TLS ports keep their certificate: ${this.#fault}`);
  }

  current(): readonly TlsIdentity[] | null {
    return this.#current;
  }

  state(): string {
    if (this.#fault === null) return 'ok';
    return this.#current === null ? `shut: ${this.#fault}` : `kept: ${this.#fault}`;
  }

  onChange(tell: () => void): void {
    this.#tell = tell;
  }

  close(): void {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }
}

/** Resolves once the files were looked at; what they lack, `state` and the log say. */
export async function openFileIdentities(options: FileIdentitiesOptions): Promise<TlsIdentities> {
  const identities = new FileIdentities(options);
  await identities.look();
  return identities;
}
