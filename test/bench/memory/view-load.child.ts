// Builds a gateway's view of many devices, in LMDB as the gateway does or in a Map, and says what
// it weighs.
import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { DeviceCredential } from '@tallystick/contracts';
import { createLmdbViewStore } from '@tallystick/projections';
import { pause, type ViewStore } from '@tallystick/ports';
import { systemIds } from '@tallystick/services-edge';
// The gateway's own folding, so that the rows are those it writes.
import { foldRecord } from '../../../libs/services/auth-gateway/src/view/fold-record.ts';
import { Overlay } from '../../../libs/services/auth-gateway/src/view/overlay.ts';
import { deviceRow } from '../../../libs/services/auth-gateway/src/view/view-rows.ts';
import { ownAnonymousBytes } from '../../stack/proc.ts';
import { answerQuestions } from '../parts/answer.ts';
import type { ViewLoad, ViewLoaded } from './view-load.types.ts';

/** Of one transaction, as the gateway groups them. */
const GROUP = 2_000;
const VIEW = 'view.mdb';
const REHEARSAL = 'rehearsal.mdb';
const PRODUCT = 'bench_view';
const REHEARSED = 20_000;
const MAP_BYTES = 16 * 2 ** 30;
/** nonce, 22 characters, tag */
const SEALED_BYTES = 12 + 22 + 16;

/** Keys in no order, as hashes put them onto partitions. */
const deviceKeyOf = (n: number): string =>
  createHash('sha256').update(String(n)).digest('hex').slice(0, 16);

function deviceRecord(n: number): DeviceCredential {
  const deviceKey = deviceKeyOf(n);
  const sealed = systemIds.bytes(SEALED_BYTES);
  return {
    ...{ kind: 'device', tenant: 'default', productKey: PRODUCT, deviceKey },
    ...{ deviceId: systemIds.deviceId(), generation: 1, revision: 1, position: n + 1, keyEpoch: 1 },
    ...{ active: true, disabled: false, dynamicOpen: true, resetAt: null, open: true, units: [] },
    secrets: [{ version: 1, sealed: Buffer.from(sealed).toString('base64'), expiresAt: null }],
  };
}

type View = Pick<ViewStore, 'get' | 'apply' | 'close'>;

/** The peer: rows parsed once and kept. */
function mapViewStore(): View {
  const rows = new Map<string, string | object>();
  return {
    get: () => undefined,
    apply: async (writes) => {
      for (const { key, value } of writes)
        rows.set(key, JSON.parse(JSON.stringify(value)) as string | object);
    },
    close: async () => rows.clear(),
  };
}

async function collected(): Promise<{ readonly heap: number; readonly anonymous: number }> {
  for (let times = 0; times < 3; times += 1) {
    globalThis.gc?.();
    await pause(100);
  }
  return { heap: process.memoryUsage().heapUsed, anonymous: ownAnonymousBytes() };
}

async function build(view: Pick<ViewStore, 'get' | 'apply'>, devices: number): Promise<void> {
  for (let made = 0; made < devices; made += GROUP) {
    const overlay = new Overlay(view);
    for (let n = made; n < Math.min(made + GROUP, devices); n += 1)
      foldRecord(overlay, deviceRecord(n));
    await view.apply(overlay.writes(), {});
  }
}

const openLmdb = (path: string): Promise<View> =>
  createLmdbViewStore({ path, mapSizeBytes: MAP_BYTES });

interface Work {
  readonly open: (name: string) => View | Promise<View>;
  readonly fill: (view: View, devices: number) => Promise<void>;
}

function workOf({ store, folder }: ViewLoad): Work {
  const inFolder = (name: string): Promise<View> => openLmdb(join(folder, name));
  switch (store) {
    case 'lmdb':
      return { open: inFolder, fill: build };
    case 'reopened':
      return { open: inFolder, fill: readAll };
    case 'map':
      return { open: mapViewStore, fill: build };
  }
}

async function readAll(view: View, devices: number): Promise<void> {
  for (let n = 0; n < devices; n += 1)
    if (view.get(deviceRow(PRODUCT, deviceKeyOf(n))) === undefined)
      throw new Error(`device ${n} is not in the view`);
}

async function run(load: ViewLoad): Promise<ViewLoaded> {
  const { open, fill } = workOf(load);
  // Code, heap and buffers of one that was filled and closed before are not the devices' weight.
  const rehearsal = await open(REHEARSAL);
  await fill(rehearsal, REHEARSED);
  await rehearsal.close();
  const before = await collected();
  const view = await open(VIEW);
  const start = performance.now();
  await fill(view, load.devices);
  const seconds = (performance.now() - start) / 1000;
  const after = await collected();
  const fileBytes = load.store === 'map' ? 0 : statSync(join(load.folder, VIEW)).blocks * 512;
  await view.close();
  return {
    ...{ seconds, fileBytes },
    privateBytes: after.anonymous - before.anonymous,
    heapBytes: after.heap - before.heap,
  };
}

answerQuestions(run);
