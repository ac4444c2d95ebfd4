import { PortError } from '@tallystick/kernel';
import { MAX_RECORD_BYTES, type DeliveredRecord, type EventBus } from '@tallystick/ports';
import { createInMemoryEventBus } from '@tallystick/test-kit';
import { describe, expect, it, vi } from 'vitest';
import type { DeviceIdentity } from '../gateway.types.ts';
import { TelemetrySink } from './telemetry-sink.ts';

const quiet = (): void => undefined;
const logger = { info: quiet, warn: quiet, error: quiet, debug: quiet };
const of = (tenant: string): DeviceIdentity => ({
  ...{ tenant, productKey: 'pk', deviceKey: 'dn', deviceId: 'dv', generation: 1, unit: null },
  ...{ clientId: 'c', dialect: 'alibaba', secretVersion: 1, secretUntil: null, activates: null },
  viewVersion: 0,
});

async function sink(bus: EventBus) {
  const telemetry = new TelemetrySink(bus, await bus.openPublisher(), logger);
  const done: unknown[] = [];
  const say = (tenant: string, text: string): void =>
    telemetry.add(of(tenant), { topic: 't', payload: Buffer.from(text) }, (accepted) =>
      done.push([tenant, text.slice(0, 5), accepted]),
    );
  return { say, done };
}

describe('telemetry', () => {
  it('given a message that no bus takes, then it is not accepted, and those behind it are', async () => {
    const bus = createInMemoryEventBus();
    const { say, done } = await sink(bus);
    say('a', 'first');
    say('a', 'large'.padEnd(MAX_RECORD_BYTES, '.'));
    say('a', 'last');
    await vi.waitFor(() => expect(done).toHaveLength(3));
    expect(done).toEqual([
      ['a', 'first', true],
      ['a', 'large', false],
      ['a', 'last', true],
    ]);
    const read: DeliveredRecord[] = [];
    await bus.subscribe({
      ...{ topics: ['telemetry.a.v1'], group: 'spec', from: 'earliest' },
      onBatch: async ({ records }) => void read.push(...records),
    });
    await vi.waitFor(() => expect(read).toHaveLength(2));
  });

  it('given a tenant whose topic cannot be used, then its messages are refused, and other tenants go on', async () => {
    const bus = createInMemoryEventBus();
    const { ensureTopics } = bus;
    bus.ensureTopics = async (specs) => {
      if (specs.some(({ name }) => name.includes('.bad.')))
        throw new PortError('misconfigured', 'no right to make it');
      await ensureTopics.call(bus, specs);
    };
    const { say, done } = await sink(bus);
    say('bad', 'one');
    say('good', 'two');
    await vi.waitFor(() => expect(done).toHaveLength(2));
    expect(done).toEqual([
      ['bad', 'one', false],
      ['good', 'two', true],
    ]);
  });
});
