import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { PortError } from '@tallystick/kernel';
import type { Home } from './home.types.ts';

interface Named {
  /** Setting that would name the file, for the error. */
  readonly setting: string;
  readonly value?: string | null;
  readonly file: string | null;
  /** Name in HOME where nothing else is given. */
  readonly fallback: string;
  /** The least length of a token: a shorter one can be guessed. Default 1. */
  readonly least?: number;
}

function readTrimmed(file: string, setting: string): string {
  let content: string;
  try {
    content = readFileSync(file, 'utf8').trim();
  } catch (cause) {
    throw new PortError('misconfigured', `${setting} names ${file}, which cannot be read`, {
      cause,
    });
  }
  if (content === '')
    throw new PortError('misconfigured', `${setting} names ${file}, which is empty`);
  return content;
}

/**
 * Makes a file whole or not at all, and never twice: of several processes that start together the
 * first one's stands.
 */
function makeOnce(file: string, content: string): void {
  const draft = `${file}.${process.pid}.new`;
  try {
    writeFileSync(draft, content, { mode: 0o600, flush: true });
    linkSync(draft, file);
  } catch (cause) {
    if (!existsSync(file))
      throw new PortError(
        'misconfigured',
        `${file} cannot be written: is its folder there, and yours to write to?`,
        { cause },
      );
  } finally {
    rmSync(draft, { force: true });
  }
}

/** What a bearer token may be: no header carries anything else. */
const TOKEN = /^[\x21-\x7e]+$/;

function checked(token: string, where: string, { least = 1 }: Named): string {
  const refuse = (problem: string): never => {
    throw new PortError('misconfigured', `${where} ${problem}`);
  };
  if (!TOKEN.test(token))
    return refuse('holds no token: it must be printable ASCII without blanks');
  return token.length < least
    ? refuse(`is too short: it needs at least ${least} characters`)
    : token;
}

/**
 * A token that is given, stands in a file, or stands in HOME; made there when absent and `make` is
 * true.
 */
export function loadToken(
  home: Home,
  named: Named,
  make: boolean,
): { readonly token: string; readonly file: string | null } {
  if (named.value !== undefined && named.value !== null)
    return { token: checked(named.value, named.setting.replace(/_FILE$/, ''), named), file: null };
  const file = named.file ?? home.file(named.fallback);
  if (!existsSync(file)) {
    if (!make) throw absent(named, file);
    makeOnce(file, `${randomBytes(24).toString('base64url')}\n`);
  }
  const where = `${named.setting}: ${file}`;
  return { token: checked(readTrimmed(file, named.setting), where, named), file };
}

/**
 * The text of a key file; `make` writes a first one where there is none (the registry may, a
 * gateway may not).
 */
export function loadKeyFile(home: Home, named: Named, make: (() => string) | null): string {
  const file = named.file ?? home.file(named.fallback);
  if (!existsSync(file)) {
    if (make === null) throw absent(named, file);
    makeOnce(file, make());
  }
  return readTrimmed(file, named.setting);
}

function absent(named: Named, file: string): PortError {
  return new PortError(
    'misconfigured',
    `${file} is not there: copy it from the registry's HOME, or name it with ${named.setting}`,
  );
}

/** A first key ring (libs/README.md, Secrets: truth). */
export function newKeyRing(now: Date): string {
  const key = { id: 'k1', key: randomBytes(32).toString('base64'), createdAt: now.toISOString() };
  return `${JSON.stringify({ keys: [key] })}\n`;
}

/** A first gateway ring (libs/README.md, Secrets: distribution). */
export function newGatewayKeys(): string {
  return `${JSON.stringify({ epochs: [{ epoch: 1, key: randomBytes(32).toString('base64') }] })}\n`;
}
