import { PortError } from '@tallystick/kernel';
import type { AppContext } from './run-app.ts';
import type { KafkaSettings } from './settings.types.ts';

/** What every app tells its bus. */
export interface BusOptions {
  readonly brokers: readonly string[];
  readonly sasl: KafkaSettings['sasl'];
  readonly tlsCaFile: string | null;
  readonly topicPrefix: string;
  readonly partitions: number;
  readonly replication: number;
  readonly minInsync: number;
  readonly clientId: string;
  readonly embeddedFile: string;
  readonly log: (
    level: 'debug' | 'info' | 'warn' | 'error',
    message: string,
    details?: object,
  ) => void;
}

export function busOptions({ settings, home, logger }: AppContext, app: string): BusOptions {
  return {
    ...settings.kafka,
    topicPrefix: settings.topicPrefix,
    partitions: settings.partitions,
    clientId: `tallystick-${app}`,
    embeddedFile: home.file('bus.sqlite'),
    log: (level, message, details) => logger[level](details ?? {}, message),
  };
}

/** The embedded log is one process's: apart, the apps meet on Kafka. */
export function requireKafka({ settings }: AppContext): void {
  if (settings.kafka.brokers.length > 0) return;
  throw new PortError(
    'misconfigured',
    'KAFKA_BROKERS is not set: an app of its own needs Kafka (npm run stack starts one; npm start runs all in one process without it)',
  );
}
