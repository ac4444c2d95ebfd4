import kafkajs, { type LogEntry } from 'kafkajs';
import type { BusLog } from '../bus-log.ts';

const TOLD = ['groupId', 'broker', 'error', 'retryCount', 'topic', 'partition'] as const;
const AGAIN_AFTER_MS = 30_000;
const REMEMBERED = 200;

/**
 * kafkajs calls an error what it then retries: its errors are our warnings, each text once in a while, for a broker that is away
 * gives dozens a second. Only named fields pass, never a payload.
 */
export class DriverLog {
  readonly #log: BusLog;
  readonly #told = new Map<string, number>();

  constructor(log: BusLog) {
    this.#log = log;
  }

  tell(entry: LogEntry): void {
    const message = `kafka ${entry.namespace}: ${entry.log.message}`;
    const isNew = Date.now() - (this.#told.get(message) ?? 0) > AGAIN_AFTER_MS;
    const warns = entry.level === kafkajs.logLevel.ERROR && isNew;
    if (this.#told.size > REMEMBERED) this.#told.clear();
    if (warns) this.#told.set(message, Date.now());
    const fields: Record<string, string | number> = {};
    for (const name of TOLD) {
      const value: unknown = entry.log[name];
      if (typeof value === 'string' || typeof value === 'number') fields[name] = value;
    }
    this.#log(warns ? 'warn' : 'debug', message, fields);
  }
}
