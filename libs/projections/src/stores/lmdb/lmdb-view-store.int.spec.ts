import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { viewStoreConformance } from '@tallystick/test-kit';
import { createLmdbViewStore } from './lmdb-view-store.ts';

let folder = '';
const open = () =>
  createLmdbViewStore({ path: join(folder, 'view.mdb'), mapSizeBytes: 256 * 1024 * 1024 });

viewStoreConformance('LMDB', {
  create: async () => {
    folder = await mkdtemp(join(tmpdir(), 'view-'));
    return open();
  },
  reopen: async (store) => {
    await store.close();
    return open();
  },
  dispose: () => rm(folder, { recursive: true }),
});
