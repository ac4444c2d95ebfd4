import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEventStore, type OpenedEventStore } from '@tallystick/event-store';
import { specDatabase } from '@tallystick/event-store/testing';
import { importJobsConformance } from '@tallystick/test-kit';
import { inject } from 'vitest';
import { createJobTables } from './job-tables.ts';
import { createSqlImportJobs } from './sql-import-jobs.ts';

async function openJobs(opened: OpenedEventStore, remove: () => Promise<void> | void) {
  await createJobTables(opened.db);
  const close = async (): Promise<void> => {
    await opened.close();
    await remove();
  };
  return { it: createSqlImportJobs(opened.db), close };
}

importJobsConformance('SQLite', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tallystick-jobs-'));
  const file = join(folder, 'store.sqlite');
  const opened = await createEventStore({ databaseUrl: null, file });
  return openJobs(opened, () => rmSync(folder, { recursive: true, force: true }));
});

importJobsConformance('PostgreSQL', async () => {
  const database = specDatabase(inject('databaseUrl'), 'jobs');
  await database.create();
  const opened = await createEventStore({ databaseUrl: database.url, file: '' });
  return openJobs(opened, () => database.drop());
});
