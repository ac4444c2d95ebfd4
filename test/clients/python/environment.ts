import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MissingPart } from '../../stack/missing-part.ts';
import { runToEnd } from '../../stack/processes.ts';
import { lookedForOnce } from '../looked-for-once.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'tallystick');
const FILES = ['build-requirements.txt', 'requirements.txt'];
const missing = (reason: string): MissingPart => new MissingPart('Python SDKs', reason);

/** What tells one interpreter from another; null where there is none that the SDKs can use. */
function interpreter(): string {
  const asked = 'import sys, venv, ensurepip; print(sys.version, sys.base_prefix)';
  const { status, output } = runToEnd('python3', ['-c', asked], 30_000);
  if (status === 127) throw missing('python3 is not installed (Debian: python3, python3-venv)');
  if (status !== 0)
    throw missing(`python3 has no venv (Debian: python3-venv): ${output.slice(-200)}`);
  return output;
}

/** A folder for this interpreter and these packages; others stay where they are. */
function folderFor(version: string): string {
  const hash = createHash('sha256').update(version);
  for (const file of FILES) hash.update(readFileSync(join(here, file)));
  return join(cache, `python-sdks-${hash.digest('hex').slice(0, 16)}`);
}

function build(folder: string): void {
  const must = (command: string, args: readonly string[]): void => {
    const { status, output } = runToEnd(command, args, 240_000);
    if (status !== 0) throw missing(`could not be installed: ${output.slice(-500)}`);
  };
  must('python3', ['-m', 'venv', folder]);
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
  const sealed = ['--require-hashes', '--no-deps', '--no-build-isolation', '--use-pep517'];
  const [first = '', second = ''] = FILES.map((file) => join(here, file));
  const python = join(folder, 'bin', 'python');
  must(python, [...pip, '--require-hashes', '--only-binary=:all:', '-r', first]);
  must(python, [...pip, ...sealed, '-r', second]);
}

function prepare(): string {
  const folder = folderFor(interpreter());
  const python = join(folder, 'bin', 'python');
  if (existsSync(python)) return python;
  mkdirSync(cache, { recursive: true });
  // Nobody sees a half-made one. Of two that make it at once, one is kept.
  const draft = `${folder}.${randomBytes(4).toString('hex')}`;
  try {
    build(draft);
    renameSync(draft, folder);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (!existsSync(python)) throw error;
  }
  return python;
}

/**
 * The Python that has the SDKs, made once per machine (about 30 s). Throws {@link MissingPart}
 * where the machine lacks something; that is looked for once.
 */
export const pythonWithSdks = lookedForOnce(prepare);
