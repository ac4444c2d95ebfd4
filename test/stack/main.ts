import { startStack } from './stack.ts';

// `npm run stack`: a local Kafka and PostgreSQL on their usual ports, until Ctrl-C.
const HELP = `npm run stack: starts a local Kafka (127.0.0.1:9092) and PostgreSQL (127.0.0.1:5432) for the apps, and prints the settings that use them.
It takes no words. Where KAFKA_BROKERS or DATABASE_URL is set, that one is used as it is. Ctrl-C stops both; their data goes with them.
`;
const words = process.argv.slice(2);
if (words.length > 0) {
  const asked = words.some((word) => word === '--help' || word === '-h');
  (asked ? process.stdout : process.stderr).write(
    asked ? HELP : `stack: it takes no words\n${HELP}`,
  );
  process.exit(asked ? 0 : 2);
}
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
