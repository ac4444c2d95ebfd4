import type { Socket } from 'node:net';
import type { BusLog } from '../bus-log.ts';

export interface KafkaSasl {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
  readonly username: string;
  readonly password: string;
}

export interface KafkaBusSettings {
  readonly brokers: readonly string[];
  readonly sasl: KafkaSasl | null;
  readonly tlsCaFile: string | null;
  /** Before every topic, group and transactional id. */
  readonly prefix: string;
  readonly partitions: number;
  /** Copies of topics that this process creates; at most as many as there are brokers. */
  readonly replication: number;
  readonly minInsync: number;
  readonly clientId: string;
  readonly log: BusLog;
  /** Bounds one send or commit. Default 15 000. */
  readonly sendTimeoutMs?: number;
  /** Before a rejected batch is handed over again. Default 500. */
  readonly retryPauseMs?: number;
  /** Stands in for node:net where a spec plays a broker that is away. */
  readonly connect?: (at: { host: string; port: number }, onConnect: () => void) => Socket;
}

export const SEND_TIMEOUT_MS = 15_000;
export const RETRY_PAUSE_MS = 500;
