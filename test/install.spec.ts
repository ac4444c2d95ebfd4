import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { endChild, spawn, until, type ChildProcess } from './stack/processes.ts';

const deploy = fileURLToPath(new URL('../deploy/', import.meta.url));
const GONE = 2 ** 30;

/** Stands for npm: installs at once, or, where the file `slow` lies, not before somebody ends it. */
const NPM = `#!${process.execPath}
const { existsSync, mkdirSync, writeFileSync } = require('node:fs');
mkdirSync('node_modules', { recursive: true });
writeFileSync('installing', '');
if (existsSync('slow')) setInterval(() => undefined, 1000);
`;

describe('an install from the lock file', () => {
  let clone = '';
  let children: ChildProcess[] = [];
  const at = (name: string): string => join(clone, name);
  const ended = (child: ChildProcess): Promise<void> =>
    until('the task has ended', 10_000, () => child.exitCode !== null);
  const task = (): ChildProcess => {
    const env = { PATH: `${at('bin')}${delimiter}${process.env['PATH'] ?? ''}` };
    const child = spawn(process.execPath, [at('deploy/bootstrap.mjs'), 'app'], {
      env,
      stdio: 'ignore',
    });
    children.push(child);
    return child;
  };
  const lockedBy = (pid: number): void => {
    mkdirSync(at('.install-lock'));
    writeFileSync(at('.install-lock/pid'), String(pid));
  };

  beforeEach(() => {
    clone = mkdtempSync(join(tmpdir(), 'tallystick-install-'));
    children = [];
    for (const folder of ['deploy', 'bin']) mkdirSync(at(folder));
    for (const file of ['package.json', 'package-lock.json']) writeFileSync(at(file), '{}');
    for (const file of ['bootstrap.mjs', 'is-running.mjs'])
      cpSync(join(deploy, file), at(`deploy/${file}`));
    writeFileSync(
      at('deploy/run-app.mjs'),
      `import { writeFileSync } from 'node:fs'; writeFileSync('ran', '');`,
    );
    writeFileSync(at('bin/npm'), NPM);
    chmodSync(at('bin/npm'), 0o755);
  });
  afterEach(async () => {
    await Promise.all(children.map((child) => endChild(child, 'SIGKILL')));
    rmSync(clone, { recursive: true, force: true });
  });

  it('that is broken off leaves no lock, and the next task installs', async () => {
    writeFileSync(at('slow'), '');
    const first = task();
    await until('npm installs', 10_000, () => existsSync(at('installing')));
    first.kill('SIGTERM');
    await ended(first);
    expect(first.exitCode).not.toBe(0);
    expect(existsSync(at('.install-lock'))).toBe(false);

    rmSync(at('slow'));
    await ended(task());
    expect(existsSync(at('ran'))).toBe(true);
  });

  it('takes over the lock of a process that is gone', async () => {
    lockedBy(GONE);
    await ended(task());
    expect(existsSync(at('ran'))).toBe(true);
  });

  it('takes over the lock of its own process id, which a process before a restart had', async () => {
    mkdirSync(at('.install-lock'));
    writeFileSync(
      at('own.mjs'),
      `import { writeFileSync } from 'node:fs';
       writeFileSync('.install-lock/pid', String(process.pid));
       process.argv[2] = 'app';
       await import('./deploy/bootstrap.mjs');`,
    );
    const env = { PATH: `${at('bin')}${delimiter}${process.env['PATH'] ?? ''}` };
    const child = spawn(process.execPath, ['own.mjs'], { cwd: clone, env, stdio: 'ignore' });
    children.push(child);
    await ended(child);
    expect(existsSync(at('ran'))).toBe(true);
  });

  it('holds back a task whose packages lie there, for they are about to be replaced', async () => {
    await ended(task());
    rmSync(at('ran'));
    lockedBy(process.pid);
    const waiting = spawn(process.execPath, [at('deploy/bootstrap.mjs'), 'app'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    children.push(waiting);
    let said = '';
    waiting.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await until('it says that it waits', 10_000, () => said.includes('Another install'));
    expect(existsSync(at('ran'))).toBe(false);

    rmSync(at('.install-lock'), { recursive: true });
    await ended(waiting);
    expect(existsSync(at('ran'))).toBe(true);
  });
});
