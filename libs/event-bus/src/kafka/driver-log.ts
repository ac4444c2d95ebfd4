import type { LogEntry } from 'kafkajs';
import type { BusLog } from '../bus-log.ts';

const TOLD = ['groupId', 'broker', 'error', 'retryCount', 'topic', 'partition'] as const;

/**
 * kafkajs logs errors that it then retries: a leader election, a rebalance, a lost connection. An
 * operator cannot act on these, so they are logged at debug level. When kafkajs has given up, this
 * adapter itself logs what an operator should know. Only named fields pass, never a payload.
 */
export function tellDriverEntry(log: BusLog, { namespace, log: said }: LogEntry): void {
  const fields: Record<string, string | number> = {};
  for (const name of TOLD) {
    const value: unknown = said[name];
    if (typeof value === 'string' || typeof value === 'number') fields[name] = value;
  }
  log('debug', `kafka ${namespace}: ${said.message}`, fields);
}
