import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { TOPIC_DEFINITIONS, TOPICS } from '@tallystick/contracts';
import { createEventBus } from '@tallystick/event-bus';
import type { EventBus } from '@tallystick/ports';
import { afterAll, beforeAll, describe as given, expect, inject, it } from 'vitest';
import { closed, describe, GatewayVoice, opened, TopicReader } from './tracker-world.builder.ts';

const PROCESS = fileURLToPath(new URL('./tracker-process.fixture.ts', import.meta.url));
const PARTITIONS = 4;
const DEVICES = 40;

const children: ChildProcess[] = [];

/** A tracker in a process of its own, once it says that it is ready. */
async function startTracker(prefix: string): Promise<ChildProcess> {
  const child = fork(PROCESS, [inject('kafkaBrokers'), prefix, String(PARTITIONS)], {
    execArgv: ['--conditions=@tallystick/source'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  children.push(child);
  await new Promise<void>((resolve, reject) => {
    child.once('message', () => resolve());
    child.once('exit', (code) => reject(new Error(`the tracker ended with ${code}`)));
  });
  return child;
}

const exited = (child: ChildProcess): Promise<unknown> =>
  new Promise((resolve) => child.once('exit', resolve));

given('on Kafka', () => {
  const prefix = `tracker-${crypto.randomUUID().slice(0, 8)}.`;
  let bus: EventBus;
  let presence: TopicReader;
  let a: GatewayVoice;
  let b: GatewayVoice;
  let beats: NodeJS.Timeout;

  beforeAll(async () => {
    const brokers = inject('kafkaBrokers').split(',');
    bus = await createEventBus({ brokers, topicPrefix: prefix, partitions: PARTITIONS });
    await bus.ensureTopics(TOPIC_DEFINITIONS);
    presence = await TopicReader.open(bus, TOPICS.presence);
    [a, b] = [await GatewayVoice.open(bus, 'a'), await GatewayVoice.open(bus, 'b')];
    beats = setInterval(() => void Promise.all([a.report(), b.report()]).catch(() => {}), 500);
  });

  afterAll(async () => {
    clearInterval(beats);
    for (const child of children) child.kill('SIGKILL');
    await bus.close();
  });

  const names = Array.from({ length: DEVICES }, (_, n) => `d${n}`);
  let turn = 0;

  /** Each device moves to the other gateway: one takeover each. */
  async function moveAll(): Promise<void> {
    turn += 1;
    const voice = turn % 2 === 1 ? a : b;
    await voice.say(...names.map((name) => opened(describe(name, `${name}-${turn}`))));
  }

  const allSaid = (count: number): Promise<void> =>
    presence.until(`${count} words of each`, () =>
      names.every((name) => presence.said(name).length >= count),
    );

  const moved = (name: string, at: number): string[] => [
    `SessionTakenOver ${name}-${at} ${at}`,
    `SessionClosed ${name}-${at - 1} ${at - 1} taken-over`,
    `SessionOpened ${name}-${at} ${at}`,
  ];

  const expected = (name: string, turns: number): string[] => [
    `SessionOpened ${name}-1 1`,
    `DeviceOnline ${name}-1 1`,
    ...Array.from({ length: turns - 1 }, (_, n) => moved(name, n + 2)).flat(),
  ];

  it('given one tracker is killed and another stopped until it loses its place, then no event is lost or doubled', async () => {
    const doomed = await startTracker(prefix);
    await moveAll();
    await allSaid(2);
    const survivor = await startTracker(prefix);
    await moveAll();
    doomed.kill('SIGKILL');
    await moveAll();
    await moveAll();
    await allSaid(11);

    const sleeper = survivor;
    await startTracker(prefix);
    await moveAll();
    sleeper.kill('SIGSTOP');
    await moveAll();
    await allSaid(17);
    sleeper.kill('SIGCONT');
    await moveAll();
    await allSaid(20);

    const ending = exited(sleeper);
    sleeper.kill('SIGTERM');
    await ending;
    await moveAll();
    await allSaid(23);
    await a.say(...names.map((name) => closed(describe(name, `${name}-8`), 'client')));
    await allSaid(25);
    for (const name of names)
      expect(presence.said(name)).toEqual([
        ...expected(name, 8),
        `SessionClosed ${name}-8 8 client`,
        `DeviceOffline ${name}-8 8 client`,
      ]);
  }, 180_000);
});
