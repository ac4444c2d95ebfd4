import { startStack } from './stack.ts';

// `npm run stack`: a local Kafka and PostgreSQL on their usual ports, until Ctrl-C.
process.stdout.write('Starting Kafka and PostgreSQL …\n');
const stack = await startStack({ kafka: 9092, postgres: 5432 }).catch((error: unknown) => {
  process.stderr.write(`stack: ${error instanceof Error ? error.message : String(error)}\n`);
  return process.exit(1);
});
process.stdout.write(`
Kafka and PostgreSQL are up. In other terminals:

  export KAFKA_BROKERS=${stack.kafkaBrokers}
  export DATABASE_URL=${stack.databaseUrl}
  npm run app -- registry

Ctrl-C stops both; their data goes with them.
`);
const keepAlive = setInterval(() => undefined, 60_000);
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    clearInterval(keepAlive);
    void stack.stop().then(() => process.exit(0));
  });
