import 'vitest';

declare module 'vitest' {
  /** What test/stack hands to specs that need real parts: `inject('kafkaBrokers')`. */
  interface ProvidedContext {
    /** host:port of a real Kafka broker. */
    kafkaBrokers: string;
    /** postgres:// URL of a real PostgreSQL, as a user that may create databases. */
    databaseUrl: string;
    /** How long the long tests are: `rounds` and `seeds` read it (test/sizes.ts sets it). */
    size: { readonly times: number; readonly seed: number | null };
  }
}
