import { figureOf, type MeasuredFigure } from '../figure.ts';
import { startChild } from '../parts/child.ts';
import type { Bench, World } from '../world.ts';
import type { ViewLoad, ViewLoaded } from './view-load.types.ts';

const NAME = 'memory per device in the view';
const FILE = 'file per device in the view';
const NODE = ['--expose-gc', '--max-old-space-size=8192'];

async function measure(world: World, load: ViewLoad): Promise<ViewLoaded> {
  const child = world.scope.keep(
    await startChild<ViewLoad, ViewLoaded>(new URL('view-load.child.ts', import.meta.url), NODE),
  );
  const loaded = await child.ask(load, 1_200_000);
  await child.stop();
  return loaded;
}

async function run(world: World): Promise<readonly MeasuredFigure[]> {
  const devices = world.sizes.of(1_000_000, 20_000);
  const folder = world.scope.folder();
  world.say(`a view of ${devices} devices in LMDB`);
  const lmdb = await measure(world, { store: 'lmdb', devices, folder });
  const reopened = await measure(world, { store: 'reopened', devices, folder });
  world.say('the same in a Map');
  const map = await measure(world, { store: 'map', devices, folder });
  const per = (bytes: number): readonly number[] => [bytes / devices];
  const again = (reopened.privateBytes / devices).toFixed(0);
  const built = `${devices.toLocaleString('en')} devices, two rows each, in random order; built in ${lmdb.seconds.toFixed(0)} s`;
  const memory = figureOf({
    ...{ name: NAME, unit: 'B', rounds: per(lmdb.privateBytes) },
    peer: { name: 'the same records in a JS Map (heap)', rounds: per(map.heapBytes) },
    boundBy:
      'what building leaves in the heap and in buffers of LMDB: the rows stand in the mapped file, whose pages the kernel may drop',
    note: `private memory after a collection, less that before the first row; ${again} B after reopening and reading every row; ${built}`,
  });
  const file = figureOf({
    ...{ name: FILE, unit: 'B', rounds: per(lmdb.fileBytes) },
    boundBy: 'JSON rows and half-filled pages of the B+ tree',
  });
  return [memory, file];
}

export const memoryBench: Bench = { id: 'memory', names: [NAME, FILE], run };
