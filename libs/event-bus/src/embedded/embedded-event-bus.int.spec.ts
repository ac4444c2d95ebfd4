import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventBusConformance } from '@tallystick/test-kit';
import { EmbeddedEventBus } from './embedded-event-bus.ts';

eventBusConformance('embedded in SQLite', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tallystick-bus-'));
  return {
    partitions: 1,
    open: async () => new EmbeddedEventBus({ file: join(folder, 'bus.db'), retryPauseMs: 5 }),
    dispose: () => rm(folder, { recursive: true }),
  };
});
