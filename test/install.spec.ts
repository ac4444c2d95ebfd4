import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { endChild, spawn, until, type ChildProcess } from './stack/processes.ts';

interface LockModule {
  lockPorts(folder: string): readonly number[];
}

const deploy = fileURLToPath(new URL('../deploy/', import.meta.url));

/**
 * Stands for npm: installs at once, or, where the file `slow` lies, not before somebody ends it or
 * what started it.
 */
const NPM = `const { existsSync, mkdirSync, writeFileSync } = require('node:fs');
mkdirSync('node_modules', { recursive: true });
writeFileSync('installing', '');
const starter = process.ppid;
if (existsSync('slow')) setInterval(() => process.ppid === starter || process.exit(1), 50);
`;

/** The first line of a script cannot name an interpreter whose path has a blank. */
const NPM_COMMAND = `#!/bin/sh
exec "${process.execPath}" "$0.cjs"
`;

describe('an install from the lock file', () => {
  let clone = '';
  let children: ChildProcess[] = [];
  const at = (name: string): string => join(clone, name);
  const ended = (child: ChildProcess): Promise<void> =>
    until('the task has ended', 10_000, () => child.exitCode !== null);
  const task = (stderr: 'ignore' | 'pipe' = 'ignore'): ChildProcess => {
    const env = { PATH: `${at('bin')}${delimiter}${process.env['PATH'] ?? ''}` };
    const child = spawn(process.execPath, [at('deploy/bootstrap.mjs'), 'app'], {
      env,
      stdio: ['ignore', 'ignore', stderr],
    });
    children.push(child);
    return child;
  };
  async function saysThatItWaits(child: ChildProcess): Promise<void> {
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await until('it says that it waits', 10_000, () => said.includes('Another install'));
  }
  const slowInstall = async (): Promise<ChildProcess> => {
    writeFileSync(at('slow'), '');
    const first = task();
    await until('npm installs', 10_000, () => existsSync(at('installing')));
    rmSync(at('slow'));
    return first;
  };

  beforeEach(() => {
    clone = mkdtempSync(join(tmpdir(), 'tally stöck-'));
    children = [];
    for (const folder of ['deploy', 'bin']) mkdirSync(at(folder));
    for (const file of ['package.json', 'package-lock.json']) writeFileSync(at(file), '{}');
    for (const file of ['bootstrap.mjs', 'install-lock.mjs'])
      cpSync(join(deploy, file), at(`deploy/${file}`));
    writeFileSync(
      at('deploy/run-app.mjs'),
      `import { writeFileSync } from 'node:fs'; writeFileSync('ran', '');`,
    );
    writeFileSync(at('bin/npm.cjs'), NPM);
    writeFileSync(at('bin/npm'), NPM_COMMAND);
    chmodSync(at('bin/npm'), 0o755);
  });
  afterEach(async () => {
    await Promise.all(children.map((child) => endChild(child, 'SIGKILL')));
    rmSync(clone, { recursive: true, force: true });
  });

  it('that is broken off leaves no lock, and the next task installs', async () => {
    const first = await slowInstall();
    first.kill('SIGTERM');
    await ended(first);
    expect(first.exitCode).not.toBe(0);

    await ended(task());
    expect(existsSync(at('ran'))).toBe(true);
  });

  it('that is killed leaves no lock either', async () => {
    const first = await slowInstall();
    await endChild(first, 'SIGKILL');

    await ended(task());
    expect(existsSync(at('ran'))).toBe(true);
  });

  it('holds back a task whose packages lie there, for they are about to be replaced', async () => {
    await ended(task());
    rmSync(at('ran'));
    writeFileSync(at('package.json'), '{"changed":true}');
    rmSync(at('installing'));
    const installing = await slowInstall();
    const waiting = task('pipe');
    await saysThatItWaits(waiting);
    expect(existsSync(at('ran'))).toBe(false);

    await endChild(installing, 'SIGTERM');
    await ended(waiting);
    expect(existsSync(at('ran'))).toBe(true);
  });

  it('is not waited for by a task whose starter was killed meanwhile', async () => {
    const installing = await slowInstall();
    const script = `require('node:child_process').spawn(process.execPath, ['deploy/bootstrap.mjs', 'app'], { stdio: 'inherit' });`;
    const starter = spawn(process.execPath, ['-e', script], {
      cwd: clone,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    children.push(starter);
    let gone = false;
    starter.stderr?.on('close', () => (gone = true));
    await saysThatItWaits(starter);
    starter.kill('SIGKILL');
    await until('the task has ended', 10_000, () => gone);

    await endChild(installing, 'SIGTERM');
    expect(existsSync(at('ran'))).toBe(false);
  });

  it('goes on beside another program that listens on a port of the lock, whatever it says', async () => {
    const { lockPorts } = (await import(
      pathToFileURL(join(deploy, 'install-lock.mjs')).href
    )) as LockModule;
    const [first = 0] = lockPorts(`${clone}/`);
    const other = createServer((socket) => socket.end('220 mail\r\n')).listen(first, '127.0.0.1');
    try {
      await until('it listens', 10_000, () => other.listening);
      await ended(task());
      expect(existsSync(at('ran'))).toBe(true);
    } finally {
      other.close();
    }
  });
});
