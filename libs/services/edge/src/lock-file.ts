import { linkSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { birthOf } from './process-birth.ts';

/** `holder`: the process id of whoever holds it; null: it is just being written. */
export type LockAnswer =
  { readonly taken: true } | { readonly taken: false; readonly holder: number | null };

/** Makes a second name of a file, and fails when that name is there. */
type Link = (existing: string, added: string) => void;

type Standing = 'absent' | 'left-behind' | { readonly pid: number | null };

const TAKEN: LockAnswer = { taken: true };
/** How long a lock without a process id counts as being written: only file systems without hard links show one. */
const BEING_WRITTEN_MS = 5_000;
const ATTEMPTS = 5;
/** The heir of a lock, the heir of that one's lock, and so on: each needs a crash within two system calls. */
const MOST_HEIRS = 3;

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined;

function isThere(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/** After a restart of the machine or its container another process may have been given the holder's id. */
function isRunning(pid: number, birth: string): boolean {
  if (!isThere(pid)) return false;
  const found = birthOf(pid);
  return birth === '' || found === '' || birth === found;
}

/** The process id, and what tells this process from a later one of the same id. */
const ownName = (): string => `${process.pid}\n${birthOf(process.pid)}\n`;

function standingOf(file: string): Standing {
  try {
    const [first = '', birth = ''] = readFileSync(file, 'utf8').split('\n');
    const pid = Number(first.trim());
    if (Number.isInteger(pid) && pid > 0)
      return isRunning(pid, birth.trim()) ? { pid } : 'left-behind';
    const age = Math.abs(Date.now() - statSync(file).mtimeMs);
    return age < BEING_WRITTEN_MS ? { pid: null } : 'left-behind';
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return 'absent';
    throw error;
  }
}

/** Does something with a file of this process' own that names it. */
function withDraft<T>(file: string, work: (draft: string) => T): T {
  const draft = `${file}.${process.pid}.new`;
  try {
    writeFileSync(draft, ownName(), { mode: 0o600 });
    return work(draft);
  } finally {
    rmSync(draft, { force: true });
  }
}

/** False: it is there. Made by a link, it is never seen without its process id. */
function create(file: string, link: Link): boolean {
  try {
    withDraft(file, (draft) => link(draft, file));
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    return createWithoutLink(file);
  }
}

function createWithoutLink(file: string): boolean {
  try {
    writeFileSync(file, ownName(), { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Replaces a lock that was left behind, one process at a time: only who holds the lock `….heir` may. Looked at once more under it,
 * the lock stays as it is until it is replaced: who left it is dead, and who would make it anew finds it there. Null: it is gone.
 */
function inherit(file: string, link: Link, heirs: number): LockAnswer | null {
  const right = `${file}.heir`;
  const answer = take(right, link, heirs + 1);
  if (!answer.taken) return answer;
  try {
    const standing = standingOf(file);
    if (standing === 'absent') return null;
    if (standing !== 'left-behind') return { taken: false, holder: standing.pid };
    withDraft(file, (draft) => renameSync(draft, file));
    return TAKEN;
  } finally {
    rmSync(right, { force: true });
  }
}

function take(file: string, link: Link, heirs: number): LockAnswer {
  for (let attempt = 0; attempt < ATTEMPTS && heirs <= MOST_HEIRS; attempt += 1) {
    if (create(file, link)) return TAKEN;
    const standing = standingOf(file);
    if (standing === 'absent') continue;
    if (standing !== 'left-behind') return { taken: false, holder: standing.pid };
    const answer = inherit(file, link, heirs);
    if (answer !== null) return answer;
  }
  return { taken: false, holder: null };
}

/**
 * Takes a lock file, whose first line is its holder's process id; to be given back by removing the file. The lock of a process that is gone
 * is taken over, by one alone of all that try. Throws the file system's error where it cannot be written or read.
 */
export function takeLockFile(file: string, link: Link = linkSync): LockAnswer {
  return take(file, link, 0);
}
