import { NO_EPOCH } from './session-step.ts';
import type { DeviceSessions, EndedSession } from './session.types.ts';

const REMEMBERED = 8;
const INCARNATIONS = 8;

export function remember(device: DeviceSessions, ended: EndedSession): DeviceSessions {
  const all = [ended, ...device.ended];
  // Late news is not to push out the sessions that later news is judged by.
  const [past, own] = [all.filter(isPast), all.filter((one) => !isPast(one))];
  const gone = new Set([...past.slice(REMEMBERED), ...own.slice(REMEMBERED)]);
  return { ...forget(device, [...gone]), ended: all.filter((one) => !gone.has(one)) };
}

function isPast({ epoch }: EndedSession): boolean {
  return epoch === NO_EPOCH;
}

export function forget(device: DeviceSessions, gone: readonly EndedSession[]): DeviceSessions {
  const forgotten = gone.reduceRight<DeviceSessions['forgotten']>(
    (known, { incarnation, openedAt }) => {
      const before = known.find((one) => one.incarnation === incarnation)?.openedAt ?? 0;
      const others = known.filter((one) => one.incarnation !== incarnation);
      return [{ incarnation, openedAt: Math.max(before, openedAt) }, ...others].slice(
        0,
        INCARNATIONS,
      );
    },
    device.forgotten,
  );
  return { ...device, forgotten };
}
