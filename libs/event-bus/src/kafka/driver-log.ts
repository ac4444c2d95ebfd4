import type { LogEntry } from 'kafkajs';
import type { BusLog } from '../bus-log.ts';

const TOLD = ['groupId', 'broker', 'error', 'retryCount', 'topic', 'partition'] as const;

/**
 * kafkajs calls an error what it then retries: a leader that is being chosen, a group that is being
 * divided, a connection that it makes again. Nobody can act on these, so all of it is for whoever
 * debugs; what an operator should know this adapter says itself, once kafkajs has given up. Only
 * named fields pass, never a payload.
 */
export function tellDriverEntry(log: BusLog, { namespace, log: said }: LogEntry): void {
  const fields: Record<string, string | number> = {};
  for (const name of TOLD) {
    const value: unknown = said[name];
    if (typeof value === 'string' || typeof value === 'number') fields[name] = value;
  }
  log('debug', `kafka ${namespace}: ${said.message}`, fields);
}
