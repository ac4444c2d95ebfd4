import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { encodeJson, TOPIC_DEFINITIONS, toCloudEventHeaders, TOPICS } from '@tallystick/contracts';
import type { BusRecord } from '@tallystick/ports';
import { systemClock } from '@tallystick/services-edge';
import { createInMemoryEventBus, createSeededIds } from '@tallystick/test-kit';
import { expect, it, onTestFinished, vi } from 'vitest';
import { parseLastEventId } from './last-event-id.ts';
import { createLiveStreams } from './live-stream.ts';
import { toLiveSink } from './response-sink.ts';

const EVENTS = 1_000;
const EVENT_BYTES = 20_000;
/** Node's own bound of a response, and the event that went beyond it. */
const MOST_HELD_BYTES = 65_536 + 2 * EVENT_BYTES;

function event(position: number): BusRecord {
  const headers = toCloudEventHeaders({
    ...{ app: 'registry', id: `e${position}`, type: 'DeviceDetailsChanged', schemaVersion: 1 },
    ...{ time: 0, tenant: 'default', subject: 'd', actor: 'a' },
    ...{ correlationId: 'c', causationId: 'c' },
    place: { in: 'stream', stream: 's', revision: 1, position },
  });
  const value = encodeJson({ name: 'x'.repeat(EVENT_BYTES) });
  return { topic: TOPICS.events, key: 'default/p/k', value, headers, partition: 0 };
}

/**
 * A server whose one path is the live stream, over more events than all buffers of a connection
 * hold.
 */
async function serveStream() {
  const bus = createInMemoryEventBus({ partitions: 1 });
  await bus.ensureTopics(TOPIC_DEFINITIONS);
  const publisher = await bus.openPublisher();
  await publisher.publish(Array.from({ length: EVENTS }, (_, n) => event(n + 1)));
  const ids = createSeededIds();
  const streams = createLiveStreams({
    bus,
    ids,
    clock: systemClock,
    reached: () => true,
    head: () => Promise.resolve(EVENTS),
  });
  const responses: ServerResponse[] = [];
  const server = createServer((request, response) => {
    responses.push(response);
    const leftOff = parseLastEventId(request.headers['last-event-id']);
    const question = {
      tenant: 'default',
      topic: TOPICS.events,
      from: 'earliest',
      leftOff,
    } as const;
    void streams.open(question, () => toLiveSink(response));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    await streams.stop();
    server.close();
    server.closeAllConnections();
    await bus.close();
  });
  return { port: (server.address() as AddressInfo).port, responses };
}

function ask(port: number, header = ''): Socket {
  const socket = connect(port, '127.0.0.1').on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  socket.write(`GET / HTTP/1.1\r\nhost: x\r\n${header}\r\n`);
  return socket;
}

it('given a reader that never reads, then little is kept for it and only briefly, and one that returns with its last id misses nothing', async () => {
  const { port, responses } = await serveStream();
  ask(port).pause();
  await vi.waitFor(() => expect(responses[0]?.writableNeedDrain).toBe(true), { timeout: 10_000 });
  expect(responses[0]?.writableLength).toBeLessThan(MOST_HELD_BYTES);
  await vi.waitFor(() => expect(responses[0]?.destroyed).toBe(true), { timeout: 10_000 });

  const again = ask(port, 'last-event-id: 7\r\n');
  let text = '';
  again.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
  await vi.waitFor(() => expect(text).toContain(`"globalposition":"${EVENTS}"`), {
    timeout: 20_000,
  });
  const positions = [...text.matchAll(/"globalposition":"(\d+)"/g)].map((match) =>
    Number(match[1]),
  );
  expect(positions).toEqual(Array.from({ length: EVENTS - 7 }, (_, n) => n + 8));
});
