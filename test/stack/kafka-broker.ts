import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePorts } from './free-port.ts';
import { fetchMavenJars, jarsFolder } from './maven-jars.ts';

import { endChild, spawn, until, type ChildProcess } from './processes.ts';

const here = fileURLToPath(new URL('kafka', import.meta.url));
const NAME = 'kafka-4.3.1';
const jars = jarsFolder(NAME);
const JVM = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Djava.awt.headless=true'];

/** A real Apache Kafka of one node, from its published jars, in a folder of its own. */
export interface KafkaBroker {
  /** host:port */
  readonly address: string;
  /** kill -9: what a crash leaves behind stays in the folder. */
  kill(): Promise<void>;
  /** Starts it again on the same port and data. */
  restart(): Promise<void>;
  /** SIGSTOP and SIGCONT. */
  pause(): void;
  resume(): void;
  stop(): Promise<void>;
}

/**
 * Fetches the jars once per machine (about 10 s). Throws {@link MissingPart} where Java 17 or Maven
 * is not there.
 */
export function fetchKafkaJars(): void {
  const because = 'no container engine answers, and ';
  fetchMavenJars({ part: 'Kafka', because, pom: join(here, 'pom.xml'), name: NAME });
}

function properties(folder: string, port: number, controllerPort: number): string {
  // One node: without the replication settings no coordinator ever comes up.
  return Object.entries({
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    'controller.listener.names': 'CONTROLLER',
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': join(folder, 'log'),
    'offsets.topic.replication.factor': '1',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'share.coordinator.state.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',
    'offsets.topic.num.partitions': '1',
    'transaction.state.log.num.partitions': '1',
    'group.initial.rebalance.delay.ms': '0',
    // A broker that was killed is taken back soon.
    'broker.session.timeout.ms': '2000',
    'broker.heartbeat.interval.ms': '500',
    'num.network.threads': '1',
    'num.io.threads': '2',
    'auto.create.topics.enable': 'false',
    'log.cleaner.dedupe.buffer.size': '2097152',
    'log.cleaner.backoff.ms': '1000',
    'log.segment.bytes': '16777216',
    // Enough for such a segment. A disk that reads far ahead fills 8 MB of the default's 10 with
    // zeroes, twice for every new partition.
    'log.index.size.max.bytes': '65536',
  })
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port });
    const say = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => say(true));
    socket.once('error', () => say(false));
  });
}

function java(args: readonly string[], log: string): ChildProcess {
  // The shell only sends both outputs into the log; exec makes the broker the child itself.
  const script = 'log=$1; shift; exec java "$@" >> "$log" 2>&1 < /dev/null';
  const child = spawn(
    'sh',
    ['-c', script, 'sh', log, ...JVM, '-cp', `${jars}/*:${here}`, ...args],
    // Under a locale without UTF-8 Java finds no jar below a folder with a letter beyond ASCII.
    { stdio: 'ignore', env: { ...process.env, LC_ALL: 'C.UTF-8' } },
  );
  child.unref();
  return child;
}

async function launch(folder: string, port: number): Promise<ChildProcess> {
  const log = join(folder, 'broker.log');
  const child = java(
    ['-Xms128m', '-Xmx512m', 'kafka.Kafka', join(folder, 'server.properties')],
    log,
  );
  await until('the Kafka broker answers', 60_000, () => {
    if (child.exitCode !== null)
      throw new Error(`the Kafka broker ended: ${readFileSync(log, 'utf8').slice(-2_000)}`);
    return answers(port);
  });
  return child;
}

/** Formats `folder` anew and starts a broker in it. */
export async function startKafkaBroker(folder: string, wantedPort = 0): Promise<KafkaBroker> {
  fetchKafkaJars();
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'log'), { recursive: true });
  const [freePort = 0, controllerPort = 0] = await freePorts(2);
  const port = wantedPort === 0 ? freePort : wantedPort;
  const config = join(folder, 'server.properties');
  writeFileSync(config, properties(folder, port, controllerPort));
  const format = java(
    [
      '-Xmx128m',
      'kafka.tools.StorageTool',
      'format',
      '--ignore-formatted',
      '-t',
      'VGFsbHlzdGlja1Rlc3QxMg',
      '-c',
      config,
    ],
    join(folder, 'format.log'),
  );
  await new Promise((resolve) => format.once('exit', resolve));
  let child = await launch(folder, port);
  return {
    address: `127.0.0.1:${port}`,
    kill: () => endChild(child, 'SIGKILL'),
    restart: async () => {
      await endChild(child, 'SIGKILL');
      child = await launch(folder, port);
    },
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    stop: async () => {
      child.kill('SIGCONT');
      await endChild(child, 'SIGTERM');
    },
  };
}
