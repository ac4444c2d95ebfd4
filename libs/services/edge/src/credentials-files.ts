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

/** Makes a file whole or not at all, and never twice: of several processes that start together the first one's stands. */
function makeOnce(file: string, content: string): void {
  const draft = `${file}.${process.pid}.new`;
  writeFileSync(draft, content, { mode: 0o600 });
  try {
    linkSync(draft, file);
  } catch (error) {
    if (!existsSync(file))
      throw new PortError('misconfigured', `${file} cannot be written`, { cause: error });
  } finally {
    rmSync(draft, { force: true });
  }
}

/** A token that is given, stands in a file, or stands in HOME; made there when absent and `make` is true. */
export function loadToken(
  home: Home,
  named: Named,
  make: boolean,
): { readonly token: string; readonly file: string | null } {
  if (named.value !== undefined && named.value !== null) return { token: named.value, file: null };
  const file = named.file ?? home.file(named.fallback);
  if (!existsSync(file)) {
    if (!make) throw absent(named, file);
    makeOnce(file, `${randomBytes(24).toString('base64url')}\n`);
  }
  return { token: readTrimmed(file, named.setting), file };
}

/** The text of a key file; `make` writes a first one where there is none (the registry may, a gateway may not). */
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

/** A first key ring (architecture, Secrets: truth). */
export function newKeyRing(now: Date): string {
  const key = { id: 'k1', key: randomBytes(32).toString('base64'), createdAt: now.toISOString() };
  return `${JSON.stringify({ keys: [key] })}\n`;
}

/** A first gateway ring (architecture, Secrets: distribution). */
export function newGatewayKeys(): string {
  return `${JSON.stringify({ epochs: [{ epoch: 1, key: randomBytes(32).toString('base64') }] })}\n`;
}
