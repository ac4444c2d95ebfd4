import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { EventBus } from '@tallystick/ports';
import { setAside, type Logger } from '@tallystick/services-edge';
import type { SegmentFiles } from './segment-files.ts';

/** Says for which bus a spool's signals are meant; beside the folder, so that it outlives what is sent. */
const ownerFile = (folder: string): string => `${folder}.bus`;

function ownerOf(folder: string): string | null {
  const file = ownerFile(folder);
  return existsSync(file) ? readFileSync(file, 'utf8') : null;
}

/**
 * Keeps from this bus what an earlier run left for another one: the sessions of another installation are nothing that this one may tell of.
 * It is moved aside, and one such folder is kept. Rejects while the bus does not say which it is.
 */
export async function keepToBus(of: {
  readonly folder: string;
  readonly bus: Pick<EventBus, 'identity'>;
  readonly files: Pick<SegmentFiles, 'moveEarlier'>;
  readonly logger: Pick<Logger, 'error'>;
}): Promise<void> {
  const { folder, logger } = of;
  const is = await of.bus.identity();
  const was = ownerOf(folder);
  if (was === is) return;
  if (was !== null && of.files.moveEarlier(`${folder}.aside`)) {
    logger.error({ was, is }, 'the signal spool is of another bus and was set aside');
    setAside.add({ what: 'signals' });
  }
  try {
    writeFileSync(ownerFile(folder), is);
  } catch (err) {
    // A disk that is full must not hold up what the bus takes: the next start tries again.
    logger.error({ err }, 'the signal spool cannot note its bus');
  }
}
