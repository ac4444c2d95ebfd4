import type { BusView } from '../bus/bus-projector.ts';
import { writePresence } from './presence-batch.ts';
import { parsePresenceRecord } from './presence-record.ts';
import { presenceTables } from './presence.tables.ts';

/** The presence half of the device status view, of the sessions and of the multi-ClientID view. */
export const presenceView: BusView = {
  tables: presenceTables,
  checkpoints: 'presence_checkpoints',
  write: async (session, records) => {
    const known = records.map(parsePresenceRecord).filter((record) => record !== null);
    await writePresence(session, known);
    return records.filter(({ offset }) =>
      known.some((one) => one.bounded && one.offset === offset),
    );
  },
};
