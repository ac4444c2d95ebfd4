import 'vitest';

declare module 'vitest' {
  /** What test/stack hands to the specs. */
  interface ProvidedContext {
    /** host:port of a real Kafka broker. */
    kafkaBrokers: string;
  }
}
