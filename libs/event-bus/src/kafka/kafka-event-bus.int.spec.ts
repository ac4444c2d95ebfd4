import { randomUUID } from 'node:crypto';
import { eventBusConformance } from '@tallystick/test-kit';
import { inject } from 'vitest';
import { createKafkaEventBus } from './kafka-event-bus.ts';

eventBusConformance(
  'on Kafka',
  async () => {
    const prefix = `bus-${randomUUID().slice(0, 8)}.`;
    return {
      partitions: 4,
      open: async () =>
        createKafkaEventBus({
          brokers: inject('kafkaBrokers').split(','),
          sasl: null,
          tlsCaFile: null,
          prefix,
          partitions: 4,
          replication: 1,
          minInsync: 1,
          clientId: 'tallystick-spec',
          log: () => {},
          retryPauseMs: 5,
        }),
      dispose: async () => {},
    };
  },
  { sharesGroups: true },
);
