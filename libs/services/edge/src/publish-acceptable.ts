import { isPortError } from '@tallystick/kernel';
import { recordBytes, type BusPublisher, type BusRecord } from '@tallystick/ports';
import type { Logger } from './logger.ts';
import { setAside, type SetAsideKind } from './metrics/shared-metrics.ts';

export type Aside = (record: BusRecord, why: string) => void;

/**
 * Names in log and metric what the bus can never take: where it was to go, how large it is, and no
 * word of what it says.
 */
export function nameSetAside(logger: Logger, what: SetAsideKind): Aside {
  return (record, why) => {
    const { topic, key, headers } = record;
    const named = {
      what,
      topic,
      recordKey: key?.slice(0, 400) ?? null,
      bytes: recordBytes(record),
    };
    const kind = headers['ce_type'] ?? what;
    logger.error({ ...named, kind, why }, 'a record that the bus can never take was set aside');
    setAside.add({ what });
  };
}

/**
 * Publishes all that the bus will ever take, in order; what it will not is found by halves and
 * handed to `aside`, so that nothing waits behind it. `halve` may cut a record in two before that.
 * Other failures pass through: then some of them may stand.
 */
export async function publishAcceptable(
  publisher: Pick<BusPublisher, 'publish'>,
  records: readonly BusRecord[],
  aside: Aside,
  halve: (record: BusRecord) => readonly BusRecord[] = () => [],
): Promise<void> {
  if (records.length === 0) return;
  try {
    return await publisher.publish(records);
  } catch (error) {
    if (!isPortError(error, 'unacceptable')) throw error;
    const [first] = records;
    if (first === undefined) return;
    const parts = records.length > 1 ? records : halve(first);
    if (parts.length < 2) return aside(first, error.message);
    const middle = Math.ceil(parts.length / 2);
    await publishAcceptable(publisher, parts.slice(0, middle), aside, halve);
    await publishAcceptable(publisher, parts.slice(middle), aside, halve);
  }
}
