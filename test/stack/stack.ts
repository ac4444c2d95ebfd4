import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { containerEngineAnswers, startKafkaContainer } from './containers.ts';
import { startKafkaBroker } from './kafka-broker.ts';
import { startPostgres } from './postgres-server.ts';

/** What tests and `npm run stack` need: a real broker and a real database. */
export interface Stack {
  readonly kafkaBrokers: string;
  readonly databaseUrl: string;
  stop(): Promise<void>;
}

interface Part {
  readonly address: string;
  stop(): Promise<void>;
}

async function kafka(folder: string, port: number): Promise<Part> {
  const given = process.env['KAFKA_BROKERS'];
  if (given) return { address: given, stop: async () => undefined };
  if (port === 0 && containerEngineAnswers()) return startKafkaContainer();
  return startKafkaBroker(join(folder, 'kafka'), port);
}

async function postgres(folder: string, port: number): Promise<Part> {
  const given = process.env['DATABASE_URL'];
  if (given) return { address: given, stop: async () => undefined };
  const server = await startPostgres(join(folder, 'postgres'), port);
  return { address: server.url, stop: () => server.stop() };
}

/**
 * Starts what the environment (KAFKA_BROKERS, DATABASE_URL) does not already name. Ports of 0: any
 * free ones.
 */
export async function startStack(ports = { kafka: 0, postgres: 0 }): Promise<Stack> {
  const folder = mkdtempSync(join(tmpdir(), 'tallystick-stack-'));
  // The database may run as another user, who must be able to pass through.
  chmodSync(folder, 0o755);
  const sweep = (): void => rmSync(folder, { recursive: true, force: true });
  process.once('exit', sweep);
  const database = await postgres(folder, ports.postgres);
  const broker = await kafka(folder, ports.kafka).catch(async (error: unknown) => {
    await database.stop();
    throw error;
  });
  return {
    kafkaBrokers: broker.address,
    databaseUrl: database.address,
    stop: async () => {
      await broker.stop();
      await database.stop();
      sweep();
    },
  };
}
