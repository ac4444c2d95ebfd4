import { existsSync, readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join, resolve } from 'node:path';
import { Usage } from './flags.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Target {
  readonly url: string;
  readonly token: string;
  /** The variable or file that it came from. */
  readonly tokenSource: string;
  /** The open ports of a platform on this machine, by name; empty for one elsewhere. */
  readonly ports: Readonly<Record<string, unknown>>;
  /** Where devices reach it: as TALLYSTICK_DEVICE_HOST says, else where its API is. */
  readonly deviceHost: string;
  /** The root of the certificate that it has made for itself; null: none is known. */
  readonly rootFile: string | null;
}

/** What ports.json of a platform on this machine says; nothing where there is none. */
function readPorts(home: string): Readonly<Record<string, unknown>> {
  const file = join(home, 'ports.json');
  if (!existsSync(file)) return {};
  const ports: unknown = JSON.parse(readFileSync(file, 'utf8'));
  return typeof ports === 'object' && ports !== null ? { ...ports } : {};
}

function readToken(environment: Environment, home: string): Pick<Target, 'token' | 'tokenSource'> {
  const given = environment['TALLYSTICK_TOKEN'];
  const file = environment['TALLYSTICK_TOKEN_FILE'];
  const fileSource = file ? `${file} (TALLYSTICK_TOKEN_FILE)` : join(home, 'admin-token');
  const tokenSource = given ? 'TALLYSTICK_TOKEN' : fileSource;
  const token = given || readTokenFile(environment, home);
  if (/^[\x21-\x7e]+$/.test(token)) return { token, tokenSource };
  throw new Usage(
    `the token in ${tokenSource} is none: it holds blanks or what is not ASCII, or is empty`,
  );
}

function readTokenFile(environment: Environment, home: string): string {
  const file = environment['TALLYSTICK_TOKEN_FILE'] || join(home, 'admin-token');
  if (!existsSync(file))
    throw new Usage(
      `no token: ${file} is not there. Start the platform (npm start), or say where it is: TALLYSTICK_HOME, TALLYSTICK_TOKEN or TALLYSTICK_TOKEN_FILE`,
    );
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    throw new Usage(`the token in ${file} cannot be read: is it yours?`);
  }
}

/** The settings of a file of KEY=value lines, under those of the environment. */
function withConfigFile(environment: Environment): Environment {
  const file = environment['TALLYSTICK_CONFIG'];
  if (!file) return environment;
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch {
    throw new Usage(`TALLYSTICK_CONFIG names ${file}, which cannot be read`);
  }
  const pairs = [...content.matchAll(/^[ \t]*([^#=\s][^=\r\n]*)=([^\r\n]*)$/gm)];
  const settings = pairs.map(([, name = '', value = '']): [string, string] => [
    name.trim(),
    value.trim(),
  ]);
  return { ...Object.fromEntries(settings), ...environment };
}

function checkUrl(url: string): string {
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return url;
  throw new Usage(`TALLYSTICK_URL must be an http:// or https:// address`);
}

function isOfThisMachine(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '');
  const own = Object.values(networkInterfaces()).flatMap((addresses = []) => addresses);
  return bare === 'localhost' || own.some(({ address }) => address === bare);
}

/**
 * The ports that HOME tells belong to the platform at an address only where both name the same port
 * of this machine.
 */
function portsBehind(url: string, home: string): Target['ports'] {
  const { hostname, port, protocol } = new URL(url);
  if (!isOfThisMachine(hostname)) return {};
  const ports = readPorts(home);
  return Number(port || (protocol === 'https:' ? 443 : 80)) === ports['http'] ? ports : {};
}

/** It serves another's certificate where it was given one. */
function rootFileOf(environment: Environment, home: string, ports: Target['ports']): string | null {
  const file = join(home, 'tls-root.pem');
  const isOwn = ports['http'] !== undefined && !environment['TALLYSTICK_TLS_CERT_FILE'];
  return isOwn && existsSync(file) ? file : null;
}

/**
 * Which platform a command speaks to. Throws {@link Usage} where no token is found.
 */
export function findTarget(given: Environment): Target {
  const environment = withConfigFile(given);
  const home = resolve(environment['TALLYSTICK_HOME'] || './.tallystick');
  const named = environment['TALLYSTICK_URL'];
  const ports = named ? portsBehind(checkUrl(named), home) : readPorts(home);
  const url = named || `http://127.0.0.1:${Number(ports['http'] ?? 8080)}`;
  const host = environment['TALLYSTICK_DEVICE_HOST'] || new URL(url).hostname;
  return {
    ...{ url, ...readToken(environment, home), ports },
    deviceHost: host.replace(/^\[|\]$/g, ''),
    rootFile: rootFileOf(environment, home, ports),
  };
}
