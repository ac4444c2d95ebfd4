import { isPortError, OncePerMinute, type PortErrorCode } from '@tallystick/kernel';
import type { RelayLog, RelayMapper } from '@tallystick/ports';

/** A lane that is held up fails again within this time, as long as this process has the lead. */
const RECENT_MS = 30_000;

/** What an operator may do about it; the log has the particulars. */
const WORDS: Readonly<Partial<Record<PortErrorCode, string>>> = {
  corrupt:
    'stuck: a secret or an event cannot be read (is this the right key ring? the log says which)',
  misconfigured: 'stuck: an event is of a newer release than this one (the log says which)',
};
const DEFECT = 'stuck: see the log';

/**
 * Sees whether a lane of the relay is held up by what no waiting mends. Store and bus have checks
 * of their own.
 */
export interface RelayCheck {
  watch(mapper: RelayMapper): RelayMapper;
  state(): string;
}

export function createRelayCheck(monotonicMs: () => number): RelayCheck {
  const failures = new Map<RelayMapper, { readonly words: string; readonly at: number }>();
  const failed = (mapper: RelayMapper, error: unknown): void => {
    if (isPortError(error) && (error.retriable || error.code === 'closed')) return;
    const words = (isPortError(error) ? WORDS[error.code] : undefined) ?? DEFECT;
    failures.set(mapper, { words, at: monotonicMs() });
  };
  return {
    watch: (mapper) => ({
      ...mapper,
      map: async (events, identity) => {
        try {
          const records = await mapper.map(events, identity);
          if (events.length > 0) failures.delete(mapper);
          return records;
        } catch (error) {
          failed(mapper, error);
          throw error;
        }
      },
    }),
    state: () => {
      const recent = [...failures.values()].find(({ at }) => monotonicMs() - at < RECENT_MS);
      return recent?.words ?? 'ok';
    },
  };
}

/**
 * A lane that cannot go on fails several times a second: the same message is logged once a minute.
 */
export function createRelayLog(log: RelayLog, monotonicMs: () => number): RelayLog {
  let told = '';
  let minute = new OncePerMinute();
  return {
    info: (fields, message) => log.info(fields, message),
    warn: (fields, message) => {
      const what = `${message} ${JSON.stringify(fields)}`;
      if (what !== told) minute = new OncePerMinute();
      told = what;
      if (minute.due(monotonicMs())) log.warn(fields, message);
    },
  };
}
