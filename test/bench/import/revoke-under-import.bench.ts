import { latencyFigures } from '../latency/latencies.ts';
import { FLOOR, noteOf, P99_AIM, prepare, sample } from '../latency/revocations.ts';
import { startChild } from '../parts/child.ts';
import type { MeasuredFigure } from '../figure.ts';
import type { Bench, World } from '../world.ts';
import type { Upload, Uploaded } from './upload.types.ts';

const NAMES = { p50: 'revoke under import p50', p99: 'revoke under import p99' };
const PRODUCT = 'bench_flood';
const WITHIN_MS = 1_800_000;

async function run(world: World): Promise<readonly MeasuredFigure[]> {
  const { scope, sizes, say } = world;
  const samples = sizes.of(200, 10);
  const count = sizes.of(1_000_000, 20_000);
  const bed = await prepare(world, samples);
  const { api, registries } = bed.platform;
  await api('POST', '/products', { name: 'Flood', productKey: PRODUCT });
  const client = scope.keep(
    await startChild<Upload, Uploaded>(new URL('upload.child.ts', import.meta.url)),
  );
  let uploads = 0;
  let underWay = false;
  const start = (): void => {
    uploads += 1;
    underWay = true;
    const port = registries[0]?.ports['http'] ?? 0;
    const token = 'admin-token-of-the-journeys';
    const upload = { port, token, productKey: PRODUCT, prefix: `f${uploads}`, count };
    client
      .ask(upload, WITHIN_MS)
      .finally(() => (underWay = false))
      .catch(() => undefined);
  };
  say(`${samples} revocations of connected devices while ${count} devices are imported`);
  const loaded = await sample(bed, 0, samples, () => {
    if (!underWay) start();
    return Promise.resolve();
  });
  const load = `while files of ${count} devices are imported (${uploads} begun)`;
  return latencyFigures(NAMES, loaded, {
    ...{ floor: FLOOR, p99Aim: P99_AIM, note: noteOf(loaded, load) },
    boundBy:
      'the turns of the event loop that a chunk of an import leaves, and the cores it shares',
  });
}

export const revokeUnderImportBench: Bench = {
  id: 'revoke-import',
  names: Object.values(NAMES),
  run,
};
