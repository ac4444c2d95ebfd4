import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setAside, type Logger } from '@tallystick/services-edge';
import type { SegmentFiles } from './segment-files.ts';

export interface OwnedSpool {
  readonly folder: string;
  readonly files: Pick<SegmentFiles, 'moveEarlier'>;
  readonly logger: Pick<Logger, 'error'>;
}

/** Beside the folder, so that it outlives what is sent: for which bus its signals are meant. */
const noteOf = (folder: string): string => `${folder}.bus`;

function read(file: string): string | null {
  return existsSync(file) ? readFileSync(file, 'utf8') : null;
}

/**
 * Keeps from the bus `is` what an earlier run left for another one: the sessions of another
 * installation are nothing that this one may tell of. It is moved into a folder beside, where the
 * part of one bus is kept. A spool that names no bus, as earlier releases left it, is taken for
 * this one's. Throws when the disk refuses: then nothing may be sent.
 */
export function keepFromOthers({ folder, files, logger }: OwnedSpool, is: string): void {
  const was = read(noteOf(folder));
  if (was === null || was === is) return;
  const aside = `${folder}.set-aside`;
  const of = `${aside}/bus`;
  // Of the same bus: an earlier start was cut off in the middle of moving.
  if (read(of) !== was) rmSync(aside, { force: true, recursive: true });
  mkdirSync(aside, { recursive: true, mode: 0o700 });
  writeFileSync(of, was, { mode: 0o600 });
  if (!files.moveEarlier(aside)) return;
  logger.error({ was, is, aside }, 'the session signals of another bus were set aside');
  setAside.add({ what: 'signals' });
}

/** Of whose signals lie here from now on. Throws when the disk refuses. */
export function noteOwner(folder: string, is: string): void {
  if (read(noteOf(folder)) !== is) writeFileSync(noteOf(folder), is, { mode: 0o600 });
}
