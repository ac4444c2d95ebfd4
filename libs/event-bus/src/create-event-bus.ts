import type { EventBus } from '@tallystick/ports';
import type { BusLog } from './bus-log.ts';
import type { KafkaSasl } from './kafka/kafka-settings.ts';

export interface EventBusOptions {
  /** host:port of each; empty: the embedded bus in `embeddedFile`. */
  readonly brokers: readonly string[];
  readonly sasl?: KafkaSasl | null;
  /** PEM file of the CA; null or absent: no TLS. */
  readonly tlsCaFile?: string | null;
  /** Before every topic, group and writer id on the broker. */
  readonly topicPrefix?: string;
  /**
   * Partitions of topics that ask for the default number. It counts when a topic is created.
   * Default 12.
   */
  readonly partitions?: number;
  /**
   * Copies of topics that this process makes; as many as there are brokers, where those are fewer.
   * Default 3.
   */
  readonly replication?: number;
  /** min.insync.replicas of those topics, never above their copies. Default 2. */
  readonly minInsync?: number;
  /** How the broker's logs name this client. */
  readonly clientId?: string;
  readonly embeddedFile?: string;
  readonly log?: BusLog;
}

/**
 * The drivers are loaded here alone, so that an embedded run never loads a Kafka client, and the
 * other way round.
 */
export async function createEventBus(options: EventBusOptions): Promise<EventBus> {
  const { brokers, embeddedFile, log = () => {} } = options;
  if (brokers.length === 0) {
    const { EmbeddedEventBus } = await import('./embedded/embedded-event-bus.ts');
    return new EmbeddedEventBus({ file: embeddedFile ?? ':memory:', log });
  }
  const { createKafkaEventBus } = await import('./kafka/kafka-event-bus.ts');
  return createKafkaEventBus({
    brokers,
    sasl: options.sasl ?? null,
    tlsCaFile: options.tlsCaFile ?? null,
    prefix: options.topicPrefix ?? '',
    partitions: options.partitions ?? 12,
    replication: options.replication ?? 3,
    minInsync: options.minInsync ?? 2,
    clientId: options.clientId ?? 'tallystick',
    log,
  });
}
