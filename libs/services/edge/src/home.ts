import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { PortError } from '@tallystick/kernel';
import type { Home, PortName } from './home.types.ts';

function readPid(lockFile: string): number | null {
  try {
    const pid = Number(readFileSync(lockFile, 'utf8').trim());
    return Number.isInteger(pid) && pid > 0 ? pid : null;
  } catch {
    return null;
  }
}

function isRunning(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** The lock names its holder's process id: the lock of a process that is gone is taken over. */
function takeLock(lockFile: string, home: string): void {
  for (let attempt = 0; attempt < 3; attempt += 1) {
    try {
      const file = openSync(lockFile, 'wx', 0o600);
      writeSync(file, `${process.pid}\n`);
      closeSync(file);
      return;
    } catch {
      const holder = readPid(lockFile);
      if (holder !== null && isRunning(holder))
        throw new PortError(
          'misconfigured',
          `${home} is in use by process ${holder}: stop it, or give this app a TALLYSTICK_HOME of its own`,
        );
      rmSync(lockFile, { force: true });
    }
  }
  throw new PortError('misconfigured', `${lockFile} cannot be written: is ${home} writable?`);
}

/** Replaces a file in one step, readable by its owner alone. */
export function writeFileAtomically(file: string, content: string): void {
  const draft = `${file}.${process.pid}.new`;
  writeFileSync(draft, content, { mode: 0o600 });
  renameSync(draft, file);
}

/** Not `recursive`: Node tries for ever where a file system answers ENOENT although the parent is there (/proc, automounts). */
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

/** Makes and locks an app's folder. Throws PortError `misconfigured` when another process holds it. */
export function openHome(path: string): Home {
  try {
    makeFolder(path);
  } catch (cause) {
    throw new PortError('misconfigured', `TALLYSTICK_HOME ${path} cannot be made`, { cause });
  }
  const lockFile = join(path, 'lock');
  const portsFile = join(path, 'ports.json');
  takeLock(lockFile, path);
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
    },
  };
}
