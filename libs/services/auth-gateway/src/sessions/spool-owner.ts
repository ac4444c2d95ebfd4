import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setAside, writeFileAtomically, type Logger } from '@tallystick/services-edge';
import type { SegmentFiles } from './segment-files.ts';

export interface OwnedSpool {
  readonly folder: string;
  readonly files: Pick<SegmentFiles, 'moveEarlier'>;
  readonly logger: Pick<Logger, 'error'>;
}

/** In a folder that was set aside: the bus that it was meant for. */
const BUS = 'bus';

/** Beside the folder, so that it outlives what is sent: for which bus its signals are meant. */
const noteOf = (folder: string): string => `${folder}.bus`;

const asideOf = (folder: string): string => `${folder}.set-aside`;

/** Stands while it is being moved; complete, it takes the place of what was kept before. */
const movingOf = (folder: string): string => `${folder}.moving`;

/** Null: it names no bus, or is not there. */
function read(file: string): string | null {
  return (existsSync(file) && readFileSync(file, 'utf8')) || null;
}

/**
 * Takes back files that an interrupted start had begun to move: their owner is decided again. Call
 * it before the files are read.
 */
export function takeBack(folder: string): void {
  const moving = movingOf(folder);
  if (!existsSync(moving)) return;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const name of readdirSync(moving))
    if (name !== BUS) renameSync(join(moving, name), join(folder, name));
  rmSync(moving, { force: true, recursive: true });
}

/**
 * Keeps from the bus `is` what an earlier run left for another one: the sessions of another
 * installation are nothing that this one may tell of. It is moved into a folder beside, where the
 * newest such is kept. A spool that names no bus, as earlier releases left it, is taken for this
 * one's. Throws when the disk refuses: then nothing may be sent, and it is to be called again.
 */
export function keepFromOthers({ folder, files, logger }: OwnedSpool, is: string): void {
  const was = read(noteOf(folder));
  if (was === null || was === is) return;
  const moving = movingOf(folder);
  if (!files.moveEarlier(moving) && !existsSync(moving)) return;
  writeFileAtomically(join(moving, BUS), was);
  const aside = asideOf(folder);
  const replaced = read(join(aside, BUS));
  rmSync(aside, { force: true, recursive: true });
  renameSync(moving, aside);
  logger.error({ was, is, aside, replaced }, 'the session signals of another bus were set aside');
  setAside.add({ what: 'signals' });
}

/** Notes the bus whose signals lie here from now on. Throws when the disk refuses. */
export function noteOwner(folder: string, is: string): void {
  if (read(noteOf(folder)) !== is) writeFileAtomically(noteOf(folder), is);
}
