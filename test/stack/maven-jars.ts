import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { MissingPart } from './missing-part.ts';
import { hasCommand, runToEnd, type Ran } from './processes.ts';

export interface MavenJars {
  /** As it is called where it is missing. */
  readonly part: string;
  /** Why it is needed here; empty, or with a comma and a blank at its end. */
  readonly because: string;
  /** The file that says which jars. */
  readonly pom: string;
  /** Of the folder, with the version in it. */
  readonly name: string;
}

/** Where {@link fetchMavenJars} puts the jars. */
export const jarsFolder = (name: string): string =>
  join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'tallystick', name);

/** Maven's own store does not bear two writers. */
function oneAtATime(lock: string, command: string, args: readonly string[]): Ran {
  if (!hasCommand('flock')) return runToEnd(command, args);
  return runToEnd('flock', [lock, command, ...args]);
}

/**
 * Fetches the jars of a POM once per machine (about 10 s). Throws {@link MissingPart} where Java 17
 * or Maven is not there.
 */
export function fetchMavenJars({ part, because, pom, name }: MavenJars): void {
  const jars = jarsFolder(name);
  const complete = join(jars, '.complete');
  if (existsSync(complete)) return;
  const java = runToEnd('java', ['-version']);
  const major = Number(/version "(\d+)/.exec(java.output)?.[1] ?? 0);
  if (major < 17) throw new MissingPart(part, `${because}there is no Java 17 or newer`);
  if (!hasCommand('mvn')) throw new MissingPart(part, `${because}there is no Maven (mvn)`);
  mkdirSync(dirname(jars), { recursive: true });
  // Nobody sees half of them. Of two that fetch at once, one is kept.
  const draft = `${jars}.${randomBytes(4).toString('hex')}`;
  const goal = ['-B', '-q', '-f', pom, 'dependency:copy-dependencies', '-DincludeScope=runtime'];
  const fetched = oneAtATime(`${jars}.lock`, 'mvn', [...goal, `-DoutputDirectory=${draft}`]);
  if (fetched.status !== 0)
    throw new MissingPart(part, `its jars could not be fetched: ${fetched.output.slice(-500)}`);
  writeFileSync(join(draft, '.complete'), '');
  if (!existsSync(complete)) rmSync(jars, { recursive: true, force: true });
  if (existsSync(jars)) rmSync(draft, { recursive: true, force: true });
  else renameSync(draft, jars);
}
