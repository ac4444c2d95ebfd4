import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ViewStore } from '@tallystick/ports';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLmdbViewStore } from './lmdb-view-store.ts';

let folder = '';
let path = '';
let setAside: string[] = [];
const open = (): Promise<ViewStore> =>
  createLmdbViewStore({
    ...{ path, mapSizeBytes: 64 * 1_048_576 },
    onSetAside: (movedTo) => setAside.push(movedTo),
  });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'view-'));
  path = join(folder, 'view.mdb');
  setAside = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const rows = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ key: `d/pk/${i}`, value: 'x'.repeat(500) }));

describe('a file of the view that was', () => {
  const full = async (): Promise<void> => {
    const store = await open();
    await store.apply(rows(2_000), { 'fast/0': 1 });
    await store.close();
  };
  /** The value of a mark stands right behind its name. */
  const spoil = (mark: string): void => {
    const bytes = readFileSync(path);
    const at = bytes.lastIndexOf(mark) + Buffer.byteLength(mark);
    writeFileSync(path, bytes.fill('{', at, at + 4));
  };
  /** Every page but the two of meta data: its entries lie beyond the file. */
  const pointNowhere = (): void => {
    const bytes = readFileSync(path);
    for (let page = 8_192; page < bytes.length; page += 4_096)
      bytes.fill(0xf7, page + 16, page + 4_096);
    writeFileSync(path, bytes);
  };
  const damages: readonly (readonly [string, () => void])[] = [
    ['cut short within its meta pages', () => truncateSync(path, 100)],
    ['cut short after them', () => truncateSync(path, 10_000)],
    ['cut short at its end', () => truncateSync(path, readFileSync(path).length - 4_096)],
    ['replaced by another kind of file', () => writeFileSync(path, 'SQLite format 3\0 and more')],
    ['replaced by zeros', () => writeFileSync(path, Buffer.alloc(100_000))],
    ['replaced by a folder', () => (rmSync(path), mkdirSync(path))],
    ['damaged in a mark', () => spoil('fast/0')],
    [
      'open when a run ended that had not written yet',
      () => writeFileSync(`${path}.runs`, 'opening'),
    ],
    ['open when the third run in a row ended', () => writeFileSync(`${path}.runs`, '3')],
    ['found damaged by an earlier run', () => writeFileSync(`${path}.damaged`, '')],
  ];

  it.each(damages)('%s is set aside, and the view begins empty', async (_, damage) => {
    await full();
    damage();
    const store = await open();
    expect(setAside).toEqual([`${path}.set-aside`]);
    expect(store.count()).toBe(0);
    expect(store.checkpoint('fast/0')).toBeUndefined();
    await store.apply(rows(10), { 'fast/0': 2 });
    await store.close();
    const again = await open();
    expect(again.checkpoint('fast/0')).toBe(2);
    expect(setAside).toHaveLength(1);
    await again.close();
  });

  it('left open by two runs that had written is kept, and so is one that was closed after', async () => {
    await full();
    const runs = [];
    for (const lost of ['', '1', '2']) {
      writeFileSync(`${path}.runs`, lost);
      const store = await open();
      await store.apply([], { 'fast/0': 1 });
      runs.push(readFileSync(`${path}.runs`, 'utf8'));
      await store.close();
      expect(existsSync(`${path}.runs`)).toBe(false);
    }
    expect([runs, setAside]).toEqual([['1', '2', '3'], []]);
  });

  it('made of pages that point nowhere ends one process, and no second one', async () => {
    await full();
    pointNowhere();
    const killed = await onLimitedFile(60_000);
    expect(killed.code).not.toBe(0);
    expect((await onLimitedFile(60_000)).code).toBe(0);
    expect(existsSync(`${path}.set-aside`)).toBe(true);
  });

  it('emptied is an empty view', async () => {
    await full();
    truncateSync(path, 0);
    const store = await open();
    expect(store.count()).toBe(0);
    await store.close();
  });
});

/**
 * Writes batches of rows until the file may not grow; then says what it was told, and what it
 * holds.
 */
const WRITER = `
const { createLmdbViewStore } = await import(process.argv[1]);
const store = await createLmdbViewStore({ path: process.argv[2], mapSizeBytes: 2 ** 26 });
let at = 0;
let code = null;
while (code === null && at < 100) {
  const writes = Array.from({ length: 200 }, (_, i) => ({ key: at + '/' + i, value: 'x'.repeat(1000) }));
  try { await store.apply(writes, { at: at + 1 }); at += 1; } catch (error) { code = error.code; }
}
const again = await store.apply([{ key: 'more', value: 'x'.repeat(9e6) }], { at: 99 }).catch((error) => error.code);
console.log(JSON.stringify({ at, code, again, mark: store.checkpoint('at'), count: store.count() }));
await store.close();
process.exit(0);
`;

function onLimitedFile(kilobytes: number): Promise<{ stdout: string; code: number | null }> {
  const module = new URL('./lmdb-view-store.ts', import.meta.url).href;
  const node = `ulimit -f ${kilobytes}; exec "$@"`;
  const args = [
    '--conditions=@tallystick/source',
    '--input-type=module',
    '-e',
    WRITER,
    module,
    path,
  ];
  const child = spawn('bash', ['-c', node, 'bash', process.execPath, ...args]);
  let stdout = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ stdout, code }));
  });
}

describe('a file that may not grow any more', () => {
  it('refuses the write as unavailable, holds all that it took, and ends no process', async () => {
    const { stdout, code } = await onLimitedFile(3_000);
    expect(code).toBe(0);
    const told = JSON.parse(stdout) as Record<string, number | string>;
    expect(told).toMatchObject({ code: 'unavailable', again: 'unavailable' });
    expect(told['at']).toBeGreaterThan(0);
    expect(told['mark']).toBe(told['at']);
    expect(told['count']).toBe(Number(told['at']) * 200);
    const store = await open();
    expect(store.checkpoint('at')).toBe(told['at']);
    expect(setAside).toEqual([]);
    await store.close();
  });
});

describe('a file that grows beyond the address space it began with', () => {
  it('takes what is written, and holds it after a reopen', async () => {
    const small = () => createLmdbViewStore({ path, mapSizeBytes: 1_048_576 });
    const store = await small();
    for (let at = 0; at < 8; at += 1)
      await store.apply(
        rows(1_000).map(({ key, value }) => ({ key: `${key}/${at}`, value })),
        { at },
      );
    await store.close();
    const again = await small();
    expect([again.count(), again.checkpoint('at')]).toEqual([8_000, 7]);
    await again.close();
  });
});
