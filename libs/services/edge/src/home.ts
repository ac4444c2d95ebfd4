import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { takeFileLock } from '@tallystick/event-store';
import { PortError } from '@tallystick/kernel';
import type { PortName } from './app-ports.ts';
import type { Home } from './home.types.ts';

/**
 * The process id that whoever holds HOME wrote into it: it is said to people, and decides nothing.
 */
function holderOf(lockFile: string): string {
  try {
    return `process ${readFileSync(lockFile, 'utf8').trim()}`;
  } catch {
    return 'a process that is starting';
  }
}

function takeLock(lockFile: string, home: string): () => void {
  let release: (() => void) | null;
  try {
    release = takeFileLock(`${lockFile}-owner`);
  } catch (cause) {
    const why = `${lockFile}-owner cannot be locked: is ${home} writable, and a file system with locks?`;
    throw new PortError('misconfigured', why, { cause });
  }
  if (release !== null) return release;
  throw new PortError(
    'misconfigured',
    `${home} is in use by ${holderOf(lockFile)}: stop it, or give this app a TALLYSTICK_HOME of its own`,
  );
}

/**
 * Replaces a file in one step, readable by its owner alone unless said otherwise; what it held
 * stands until the new content is on the disk.
 */
export function writeFileAtomically(file: string, content: string, mode = 0o600): void {
  const draft = `${file}.${process.pid}.new`;
  writeFileSync(draft, content, { mode, flush: true });
  renameSync(draft, file);
}

/**
 * Not `recursive`: Node tries for ever where a file system answers ENOENT although the parent is
 * there (/proc, automounts).
 */
function makeFolder(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  const parent = dirname(path);
  if (parent !== path) makeFolder(parent);
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    // Another process may have made it meanwhile.
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
}

/**
 * Makes and locks an app's folder. Throws PortError `misconfigured` when another process holds it.
 */
export function openHome(path: string): Home {
  try {
    makeFolder(path);
  } catch (cause) {
    throw new PortError('misconfigured', `TALLYSTICK_HOME ${path} cannot be made`, { cause });
  }
  const lockFile = join(path, 'lock');
  const portsFile = join(path, 'ports.json');
  const unlock = takeLock(lockFile, path);
  writeFileAtomically(lockFile, `${process.pid}\n`);
  rmSync(portsFile, { force: true });
  const ports: Partial<Record<PortName, number>> = {};
  let held = true;
  return {
    path,
    file: (name) => join(path, name),
    publishPort: (name, port) => {
      ports[name] = port;
      writeFileAtomically(portsFile, `${JSON.stringify(ports)}\n`);
    },
    release: () => {
      if (!held) return;
      held = false;
      rmSync(portsFile, { force: true });
      rmSync(lockFile, { force: true });
      unlock();
    },
  };
}
