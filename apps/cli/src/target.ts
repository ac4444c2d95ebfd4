import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Usage } from './flags.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Target {
  readonly url: string;
  readonly token: string;
  /** The open ports of a platform on this machine, by name; empty for one elsewhere. */
  readonly ports: Readonly<Record<string, unknown>>;
}

/** What ports.json of a platform on this machine says; nothing where there is none. */
function readPorts(home: string): Readonly<Record<string, unknown>> {
  const file = join(home, 'ports.json');
  if (!existsSync(file)) return {};
  const ports: unknown = JSON.parse(readFileSync(file, 'utf8'));
  return typeof ports === 'object' && ports !== null ? { ...ports } : {};
}

function readToken(environment: Environment, home: string): string {
  const given = environment['TALLYSTICK_TOKEN'];
  if (given) return given;
  const file = environment['TALLYSTICK_TOKEN_FILE'] || join(home, 'admin-token');
  if (!existsSync(file))
    throw new Usage(
      `no token: ${file} is not there. Start the platform (npm start), or set TALLYSTICK_TOKEN or TALLYSTICK_TOKEN_FILE`,
    );
  return readFileSync(file, 'utf8').trim();
}

/** Which platform a command speaks to (design: interface, CLI). Throws {@link Usage} where no token is found. */
export function findTarget(environment: Environment): Target {
  const home = resolve(environment['TALLYSTICK_HOME'] || './.tallystick');
  const ports = environment['TALLYSTICK_URL'] ? {} : readPorts(home);
  const url = environment['TALLYSTICK_URL'] || `http://127.0.0.1:${Number(ports['http'] ?? 8080)}`;
  return { url, token: readToken(environment, home), ports };
}
