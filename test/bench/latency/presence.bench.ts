import { pause } from '@tallystick/ports';
import { alibabaLogin, connectDevice, type MqttDevice } from '../../e2e/harness/mqtt-device.ts';
import { startPlatform, type Platform } from '../../e2e/harness/platform.ts';
import { until } from '../../stack/processes.ts';
import type { MeasuredFigure } from '../figure.ts';
import { deviceKeyOf, secretOf, type NumberedDevices } from '../parts/devices.ts';
import { registerDevices } from '../parts/devices-over-http.ts';
import type { Bench, World } from '../world.ts';
import { latencyFigures } from './latencies.ts';
import { openPresenceReader, type PresenceReader } from './presence-reader.ts';
import { openRoundTrip } from './round-trip.ts';

const NAMES = { p50: 'presence to Kafka p50', p99: 'presence to Kafka p99' };
const GATEWAYS = 2;
const PER_SECOND = 50;
const BLOCKS = 5;

interface Bed {
  readonly platform: Platform;
  readonly devices: NumberedDevices;
  readonly reader: PresenceReader;
}

/**
 * Connects devices at a steady rate; milliseconds from each CONNECT to its DeviceOnline at the
 * reader.
 */
async function block(bed: Bed, from: number, count: number): Promise<readonly number[]> {
  const { platform, devices, reader } = bed;
  const began = new Map<string, number>();
  const connected: Promise<MqttDevice>[] = [];
  const first = performance.now();
  for (let n = 0; n < count; n += 1) {
    const due = first + (n * 1_000) / PER_SECOND - performance.now();
    if (due > 0) await pause(due);
    const deviceKey = deviceKeyOf(devices, from + n);
    const login = alibabaLogin(devices.productKey, deviceKey, secretOf(deviceKey));
    began.set(deviceKey, performance.now());
    connected.push(connectDevice(platform.mqtt(n % GATEWAYS), login));
  }
  const refused = (await Promise.all(connected)).filter(({ code }) => code !== 0).length;
  if (refused > 0) throw new Error(`${refused} of ${count} were refused`);
  const keys = [...began.keys()];
  await until('every device was seen online', 60_000, () =>
    keys.every((deviceKey) => reader.seenOnline(deviceKey) !== undefined),
  );
  const samples = [...began].map(([key, at]) => (reader.seenOnline(key) ?? Number.NaN) - at);
  for (const device of await Promise.all(connected)) await device.disconnect();
  return samples;
}

async function prepare(world: World, count: number): Promise<Bed> {
  const { scope } = world;
  const { kafkaBrokers, databaseUrl } = await world.stack();
  world.say(`starting the registry, ${GATEWAYS} gateways and the tracker`);
  const platform = scope.keep(
    await startPlatform({ kafkaBrokers, databaseUrl, gateways: GATEWAYS }),
  );
  const devices = { productKey: 'bench_presence', prefix: 'p', count };
  await registerDevices(scope, platform, devices);
  const topic = platform.topic('identity.presence.v1');
  const reader = scope.keep(await openPresenceReader(kafkaBrokers, topic));
  world.say('first logins, which also activate the devices');
  const bed = { platform, devices, reader };
  await block(bed, 0, count);
  return bed;
}

async function run(world: World): Promise<readonly MeasuredFigure[]> {
  const { scope, sizes, say } = world;
  const each = sizes.of(100, 10);
  const bed = await prepare(world, each * BLOCKS);
  const { kafkaBrokers } = await world.stack();
  const floor = scope.keep(await openRoundTrip(kafkaBrokers, 'transactional'));
  const ours: number[] = [];
  const bare: number[] = [];
  for (let turn = 0; turn < BLOCKS; turn += 1) {
    say(`block ${turn + 1} of ${BLOCKS}`);
    bed.reader.forget();
    ours.push(...(await block(bed, turn * each, each)));
    for (let n = 0; n < each; n += 1) bare.push(await floor.measure());
  }
  return latencyFigures(
    NAMES,
    { ours, floor: bare },
    {
      floor: 'floor: bare kafkajs, transactional send to consume',
      boundBy: "a send of signals (gathered for 20 ms) and the tracker's transaction",
      note: `${ours.length} samples at ${PER_SECOND}/s on ${GATEWAYS} gateways, from the CONNECT to a reader of committed records`,
    },
  );
}

export const presenceBench: Bench = { id: 'presence', names: Object.values(NAMES), run };
