import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TOPICS } from '@tallystick/contracts';
import { createEventStore, type OpenedEventStore } from '@tallystick/event-store';
import type { BusBatch } from '@tallystick/ports';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createActivationsReactor,
  MARKER_HEADER,
  type ActivationsReactor,
} from './activations.reactor.ts';

const WRITTEN_AT = 1_000_000;

describe('how far the signals have been read', () => {
  let folder: string;
  let store: OpenedEventStore;
  let reactor: ActivationsReactor;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tallystick-signals-'));
    store = await createEventStore({ databaseUrl: null, file: join(folder, 'store.sqlite') });
    reactor = createActivationsReactor({
      ...{ sql: store.db, activate: async () => undefined },
      marks: { onRead: async () => undefined },
    });
    await reactor.prepare();
  });
  afterEach(async () => {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const read = (askedAt: number): Promise<void> => {
    const place = { topic: TOPICS.sessions, partition: 0 };
    const headers = { [MARKER_HEADER]: String(askedAt) };
    const record = { ...place, offset: 0, timestampMs: WRITTEN_AT, key: null, value: null };
    const batch: BusBatch = {
      ...{ ...place, records: [{ ...record, headers }] },
      heartbeat: () => Promise.resolve(),
    };
    return reactor.onBatch(batch);
  };

  it.each([
    ['as of when it was asked', -5, -5],
    [
      'as of when the log took the question, where the clock of whoever asked was ahead',
      600_000,
      0,
    ],
  ])('is %s', async (_, aheadMs, expected) => {
    await read(WRITTEN_AT + aheadMs);
    expect(await reactor.readTo(0)).toBe(WRITTEN_AT + expected);
  });
});
