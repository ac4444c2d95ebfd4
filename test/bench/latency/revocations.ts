import { startPlatform, type Platform } from '../../e2e/harness/platform.ts';
import { alibabaLogin, connectDevice } from '../../e2e/harness/mqtt-device.ts';
import { rows } from '../../e2e/harness/api.ts';
import { median } from '../figure.ts';
import { deviceKeyOf, secretOf, type NumberedDevices } from '../parts/devices.ts';
import { registerDevices } from '../parts/devices-over-http.ts';
import type { World } from '../world.ts';
import type { Latencies } from './latencies.ts';
import { openRoundTrip, type RoundTrip } from './round-trip.ts';

export const FLOOR = 'floor: bare kafkajs, idempotent send to consume, at the same time';
export const P99_AIM = { of: 'value', is: 'at most', than: 1_000 } as const;
export const GATEWAYS = 2;
const CUT_WITHIN_MS = 30_000;

/** A platform with devices that can be revoked. */
export interface Bed {
  readonly platform: Platform;
  readonly devices: NumberedDevices;
  readonly ids: ReadonlyMap<string, string>;
  readonly floor: RoundTrip;
}

async function idsOf(platform: Platform, { productKey }: NumberedDevices) {
  const ids = new Map<string, string>();
  for (let cursor: unknown = ''; typeof cursor === 'string';) {
    const page = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const reply = await platform.api('GET', `/devices?productKey=${productKey}&limit=100${page}`);
    for (const row of rows(reply)) ids.set(String(row['deviceKey']), String(row['deviceId']));
    cursor = reply.body['nextCursor'];
  }
  return ids;
}

export async function prepare(world: World, samples: number): Promise<Bed> {
  const { scope } = world;
  const { kafkaBrokers, databaseUrl } = await world.stack();
  world.say(`starting the registry, ${GATEWAYS} gateways and the tracker`);
  const platform = scope.keep(
    await startPlatform({ kafkaBrokers, databaseUrl, gateways: GATEWAYS }),
  );
  const devices = { productKey: 'bench_revoke', prefix: 'r', count: samples };
  await registerDevices(scope, platform, devices);
  const ids = await idsOf(platform, devices);
  const floor = scope.keep(await openRoundTrip(kafkaBrokers, 'idempotent'));
  return { platform, devices, ids, floor };
}

/**
 * Milliseconds from the operator's request to its answer, and to the end of the device's socket.
 */
interface Revoked {
  readonly answered: number;
  readonly cut: number;
}

async function revoke({ platform, devices, ids }: Bed, n: number): Promise<Revoked> {
  const deviceKey = deviceKeyOf(devices, n);
  const login = alibabaLogin(devices.productKey, deviceKey, secretOf(deviceKey));
  const device = await connectDevice(platform.mqtt(n % GATEWAYS), login);
  if (device.code !== 0) throw new Error(`${deviceKey} was refused with ${device.code}`);
  const timer = setTimeout(() => device.cut(), CUT_WITHIN_MS);
  const cut = device.closed.then(() => performance.now());
  const start = performance.now();
  const answer = await platform.api('POST', `/devices/${ids.get(deviceKey)}/disable`, {
    reason: 'bench',
  });
  if (answer.status !== 200) throw new Error(`not disabled: ${answer.text}`);
  const answered = performance.now() - start;
  const revoked = { answered, cut: (await cut) - start };
  clearTimeout(timer);
  return revoked;
}

export interface Samples extends Latencies {
  /** Of the requests' answers. */
  readonly answered: readonly number[];
}

/** `before`: waits until what is to go on meanwhile does. */
export async function sample(
  bed: Bed,
  from: number,
  count: number,
  before: () => Promise<void>,
): Promise<Samples> {
  const samples: Record<'ours' | 'floor' | 'answered', number[]> = {
    ...{ ours: [], floor: [], answered: [] },
  };
  for (let n = from; n < from + count; n += 1) {
    await before();
    const { answered, cut } = await revoke(bed, n);
    samples.ours.push(cut);
    samples.answered.push(answered);
    samples.floor.push(await bed.floor.measure());
  }
  return samples;
}

export const noteOf = ({ ours, answered }: Samples, what: string): string =>
  `${what}; ${ours.length} samples on ${GATEWAYS} gateways, from the request to the end of the socket; the request itself was answered after ${median(answered).toFixed(0)} ms (p50)`;
