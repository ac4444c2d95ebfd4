import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { BatchRecorder } from '@tallystick/test-kit';
import { afterEach, describe, expect, inject, it } from 'vitest';
import type { EventBus } from '@tallystick/ports';
import { byAge, newPrefix, openSpecBus, textRecord } from './fixtures/kafka-spec-bus.ts';

const holder = fileURLToPath(new URL('fixtures/stopping-holder.ts', import.meta.url));

describe('a holder that is stopped within a commit', () => {
  const closing: (() => Promise<unknown> | unknown)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close();
  });

  function startHolder(...args: string[]) {
    const child = spawn(process.execPath, ['--conditions=@tallystick/source', holder, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    closing.push(() => child.kill('SIGKILL'));
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    return {
      next: async (): Promise<string> => String((await lines.next()).value),
      goOn: () => child.kill('SIGCONT'),
    };
  }

  async function readThrough(bus: EventBus, topic: string, last: string) {
    const seen = new BatchRecorder();
    const group = `reader-${last}`;
    const { onBatch } = seen;
    const reading = await bus.subscribe({ topics: [topic], group, from: 'earliest', onBatch });
    await seen.untilValue(last);
    await reading.close();
    return seen.values;
  }

  it('is fenced when it wakes: nothing of its half transaction is ever seen, and its progress stays unwritten', async () => {
    const brokers = inject('kafkaBrokers');
    const prefix = newPrefix();
    const [topic, id] = ['events', 'relay-bulk'];
    const child = startHolder(brokers, prefix, topic, id);
    expect(await child.next()).toBe('sent');
    const bus = openSpecBus(brokers, prefix);
    closing.push(() => bus.close());
    await bus.ensureTopics([byAge(topic)]);

    const newer = await bus.openFencedWriter(id);
    const progress = await newer.progress();
    await newer.commit({ records: [textRecord(topic, 'a', 'newer')], progress: 10 });
    const meanwhile = await readThrough(bus, topic, 'newer');
    child.goOn();
    const answers = [await child.next(), await child.next(), await child.next()];
    await newer.commit({ records: [textRecord(topic, 'a', 'newest')], progress: 11 });
    const afterwards = await readThrough(bus, topic, 'newest');

    expect(progress).toBe(1);
    expect(answers).toEqual(['fenced', 'fenced', 'end']);
    expect(meanwhile).toEqual(['before', 'newer']);
    expect(afterwards).toEqual(['before', 'newer', 'newest']);
    const reopened = await bus.openFencedWriter(id);
    expect(await reopened.progress()).toBe(11);
  });
});
