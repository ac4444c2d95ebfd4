import {
  closeSync,
  existsSync,
  fstatSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';

/**
 * A file of LMDB is mapped into memory: to read past the end of one that was cut short kills the
 * process without a word. So its length is compared with what its meta pages say before it is
 * opened.
 *
 * Meta page (lmdb 3, little-endian; two of them, at 0 and at the page size): 24 bytes of page
 * header, then at 24 the magic, 28 the version, 48 the page size, 144 the last page, 152 the
 * transaction.
 */
const META = { bytes: 160, magic: 24, pageSize: 48, lastPage: 144, transaction: 152 } as const;
const MAGIC = 0xbeefc0de;

/**
 * True also for an absent or an empty file: a view begins in it. False also if opening it ended the
 * earlier runs.
 */
export function isWhole(path: string): boolean {
  if (existsSync(damageNote(path)) || !mayTrust(readRuns(path))) return false;
  if (!existsSync(path)) return true;
  const file = openSync(path, 'r');
  try {
    const stat = fstatSync(file);
    return stat.isFile() && (stat.size === 0 || stat.size >= bytesNeeded(file));
  } finally {
    closeSync(file);
  }
}

function bytesNeeded(file: number): number {
  const first = readMeta(file, 0);
  if (first === null) return Infinity;
  const second = readMeta(file, first.pageSize);
  if (second === null) return Infinity;
  const newest = second.transaction > first.transaction ? second : first;
  return Number(newest.lastPage + 1n) * first.pageSize;
}

function readMeta(file: number, at: number) {
  const page = Buffer.alloc(META.bytes);
  if (readSync(file, page, 0, META.bytes, at) < META.bytes) return null;
  const pageSize = page.readUInt32LE(META.pageSize);
  if (page.readUInt32LE(META.magic) !== MAGIC || pageSize < 512 || pageSize > 65_536) return null;
  return {
    pageSize,
    lastPage: page.readBigUInt64LE(META.lastPage),
    transaction: page.readBigUInt64LE(META.transaction),
  };
}

const damageNote = (path: string): string => `${path}.damaged`;

/** The note lies beside the file, which is in use: the next start begins with an empty view. */
export function noteDamage(path: string): void {
  try {
    writeFileSync(damageNote(path), '');
  } catch {
    // The writer of the view reports a full disk.
  }
}

/** So many runs in a row that ended without a close, and the file is no longer trusted. */
const MAX_LOST_RUNS = 3;
const OPENING = 'opening';

const runsNote = (path: string): string => `${path}.runs`;
const mayTrust = (runs: string): boolean => runs !== OPENING && Number(runs) < MAX_LOST_RUNS;

function readRuns(path: string): string {
  return existsSync(runsNote(path)) ? readFileSync(runsNote(path), 'utf8') : '';
}

function writeRuns(path: string, runs: string): void {
  try {
    writeFileSync(runsNote(path), runs);
  } catch {
    // The writer of the view reports a full disk.
  }
}

/**
 * A page that points nowhere ends the process without a word, at every start. So a run is noted
 * beside the file before it is opened: `proven` says that it was read and written to, `closed` that
 * the run is over. A process that exits by itself says so too; one that a signal ends does not.
 */
export function noteRun(path: string) {
  const lost = Number(readRuns(path));
  writeRuns(path, OPENING);
  const ended = (): void => rmSync(runsNote(path), { force: true });
  process.once('exit', ended);
  return {
    proven: (): void => writeRuns(path, String(lost + 1)),
    closed: (): void => {
      process.removeListener('exit', ended);
      ended();
    },
  };
}

/** Moves the file out of the way; one is kept, the newest. */
export function setViewAside(path: string): string {
  const movedTo = `${path}.set-aside`;
  rmSync(movedTo, { force: true, recursive: true });
  if (existsSync(path)) renameSync(path, movedTo);
  rmSync(`${path}-lock`, { force: true, recursive: true });
  for (const note of [damageNote(path), runsNote(path)]) rmSync(note, { force: true });
  return movedTo;
}
