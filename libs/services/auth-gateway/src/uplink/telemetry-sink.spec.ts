import { PortError } from '@tallystick/kernel';
import type { EventBus } from '@tallystick/ports';
import { createLogger } from '@tallystick/services-edge';
import { createInMemoryEventBus } from '@tallystick/test-kit';
import { afterEach, describe, expect, it } from 'vitest';
import type { DeviceIdentity } from '../gateway.types.ts';
import { TelemetrySink } from './telemetry-sink.ts';

const sinks: TelemetrySink[] = [];

afterEach(() => {
  for (const sink of sinks.splice(0)) sink.close();
});

async function given(unfit: string): Promise<TelemetrySink> {
  const inner = createInMemoryEventBus({ partitions: 2 });
  const bus: Pick<EventBus, 'ensureTopics'> = {
    ensureTopics: async (specs) => {
      if (specs.some(({ name }) => name === unfit))
        throw new PortError('misconfigured', `topic ${unfit} has 1 partitions and needs 2`);
      await inner.ensureTopics(specs);
    },
  };
  const logger = createLogger('spec', 'silent');
  const sink = new TelemetrySink({ ...bus } as EventBus, await inner.openPublisher(), logger);
  sinks.push(sink);
  return sink;
}

function add(sink: TelemetrySink, tenant: string): Promise<boolean> {
  const identity = {
    ...{ tenant, productKey: 'pk', deviceKey: 'dk', deviceId: 'id', dialect: 'alibaba' },
    ...{ clientId: 'c', generation: 1, unit: null, secretVersion: 1 },
  } as unknown as DeviceIdentity;
  return new Promise((resolve) =>
    sink.add(identity, { topic: '/pk/dk/user/up', payload: new Uint8Array(3) }, resolve),
  );
}

describe('telemetry', () => {
  it('given a topic that cannot be used as it stands, then its messages are refused, and those of others arrive', async () => {
    const sink = await given('telemetry.bad.v1');
    const accepted = await Promise.all([add(sink, 'bad'), add(sink, 'good'), add(sink, 'bad')]);
    expect(accepted).toEqual([false, true, false]);
  });
});
