import { parseCredentialRecord, TOPICS } from '@tallystick/contracts';
import { gatewayReport, type TestRegistry } from './registry.builder.ts';

/** A gateway that only reads ticks and reports how far it has come. */
export interface FakeGateway {
  fastPosition(): number;
  /** No more reports. */
  fallSilent(): Promise<void>;
  stop(): Promise<void>;
}

export async function createFakeGateway(
  { bus, report }: TestRegistry,
  gatewayId: string,
): Promise<FakeGateway> {
  const positions = { fast: 0, bulk: 0 };
  let silent = false;
  const tell = async (): Promise<void> => {
    if (silent) return;
    const { fast: fastPosition, bulk: bulkPosition } = positions;
    await report(gatewayReport({ gatewayId, fastPosition, bulkPosition, leaseMs: 2_000 }));
  };
  const timer = setInterval(() => void tell(), 200);
  const subscription = await bus.subscribe({
    topics: [TOPICS.restrictions, TOPICS.credentials],
    group: `fake-${gatewayId}`,
    from: 'earliest',
    onBatch: async (batch) => {
      for (const delivered of batch.records) {
        const record = parseCredentialRecord(delivered);
        if (record?.kind === 'tick')
          positions[record.lane] = Math.max(positions[record.lane], record.upTo);
      }
      await tell();
    },
  });
  return {
    fastPosition: () => positions.fast,
    fallSilent: () => {
      silent = true;
      return Promise.resolve();
    },
    stop: async () => {
      clearInterval(timer);
      await subscription.close();
    },
  };
}
