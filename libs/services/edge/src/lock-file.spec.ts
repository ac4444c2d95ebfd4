import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { takeLockFile } from './lock-file.ts';
import { birthOf } from './process-birth.ts';

const GONE = '999999999\n';
/** Process 1 is always there. */
const LIVING = '1\n';
const TAKEN = { taken: true };
const held = (holder: number | null) => ({ taken: false, holder });

describe('a lock file', () => {
  let folder = '';
  let file = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tallystick-lock-'));
    file = join(folder, 'lock');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const noLinks = (): never => {
    throw Object.assign(new Error('operation not permitted'), { code: 'EPERM' });
  };

  function expectOurs(): void {
    expect(readFileSync(file, 'utf8').split('\n')[0]).toBe(String(process.pid));
    expect(readdirSync(folder)).toEqual(['lock']);
  }

  it.each([
    ['has hard links', undefined],
    ['has none', noLinks],
  ])('given the file system %s, then a free one and one left behind are taken', (_, link) => {
    expect(takeLockFile(file, link)).toEqual(TAKEN);
    expectOurs();
    writeFileSync(file, GONE);
    expect(takeLockFile(file, link)).toEqual(TAKEN);
    expectOurs();
    writeFileSync(file, LIVING);
    expect(takeLockFile(file, link)).toEqual(held(1));
    expect(readdirSync(folder)).toEqual(['lock']);
  });

  it.runIf(process.platform === 'linux')(
    "given another process has the holder's id since, then it is taken; given the holder itself, then not",
    () => {
      writeFileSync(file, '1\n6f1f3c0e-0000-4000-8000-000000000000/17\n');
      expect(takeLockFile(file)).toEqual(TAKEN);
      expectOurs();
      writeFileSync(file, `1\n${birthOf(1)}\n`);
      expect(takeLockFile(file)).toEqual(held(1));
    },
  );

  it('given another takes over what was left behind, then it is left to that one', () => {
    writeFileSync(file, GONE);
    writeFileSync(`${file}.heir`, LIVING);
    expect(takeLockFile(file)).toEqual(held(1));
    expect(readFileSync(file, 'utf8')).toBe(GONE);
  });

  it('given whoever was taking it over died of it, then it is taken over all the same', () => {
    for (const name of [file, `${file}.heir`, `${file}.heir.heir`]) writeFileSync(name, GONE);
    expect(takeLockFile(file)).toEqual(TAKEN);
    expectOurs();
  });

  it('given no process id stands in it yet, then it counts as held for some seconds', () => {
    writeFileSync(file, '');
    expect(takeLockFile(file)).toEqual(held(null));
    const longAgo = Date.now() / 1_000 - 60;
    utimesSync(file, longAgo, longAgo);
    expect(takeLockFile(file)).toEqual(TAKEN);
    expectOurs();
  });

  it('given it cannot be written, then the file system says why', () => {
    expect(() => takeLockFile(join(folder, 'absent', 'lock'))).toThrow(/ENOENT/);
  });
});

const LOCKS = 200;
const CONTENDERS = 4;

/** Takes all locks of a folder, one after the other, when it is told to; says which it got, and stays until it is ended. */
function contender(folder: string): ChildProcess {
  const module = JSON.stringify(new URL('lock-file.ts', import.meta.url).href);
  const source = `
    const { takeLockFile } = await import(${module});
    const names = Array.from({ length: ${LOCKS} }, (_, n) => String(n));
    const take = (n) => takeLockFile(${JSON.stringify(`${folder}/`)} + n + '/lock').taken;
    process.stdin.once('data', () => console.log(JSON.stringify(names.filter(take))));
    console.log('ready');`;
  return spawn(process.execPath, ['--input-type=module', '-e', source], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
}

describe('processes that start in the same moment', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tallystick-locks-'));
  const contenders: ChildProcess[] = [];
  afterEach(async () => {
    for (const child of contenders) {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    }
    rmSync(folder, { recursive: true, force: true });
  });

  it('given locks that were left behind, then each is taken by exactly one', async () => {
    for (let n = 0; n < LOCKS; n += 1) {
      mkdirSync(join(folder, String(n)));
      writeFileSync(join(folder, String(n), 'lock'), GONE);
    }
    const lines = Array.from({ length: CONTENDERS }, () => {
      const child = contender(folder);
      contenders.push(child);
      if (child.stdout === null) throw new Error('it has a voice');
      return createInterface(child.stdout)[Symbol.asyncIterator]();
    });
    for (const line of lines) expect((await line.next()).value).toBe('ready');
    for (const child of contenders) child.stdin?.write('go\n');
    const got: string[][] = [];
    for (const line of lines) got.push(JSON.parse(String((await line.next()).value)) as string[]);

    const numbers = got.flat().map(Number);
    expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: LOCKS }, (_, n) => n));
    expect(existsSync(join(folder, '0', 'lock.heir'))).toBe(false);
  });
});
