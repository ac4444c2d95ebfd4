import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** host:port of a real Kafka broker. */
    kafkaBrokers: string;
    /** postgres:// URL of a real PostgreSQL, as a user that may create databases. */
    databaseUrl: string;
  }
}

/** Hands the specs a real broker and database: those the environment names, else ones of its own. */
export default async function setup(project: TestProject): Promise<void> {
  project.provide('kafkaBrokers', process.env['KAFKA_BROKERS'] ?? '');
  project.provide('databaseUrl', process.env['DATABASE_URL'] ?? '');
}
