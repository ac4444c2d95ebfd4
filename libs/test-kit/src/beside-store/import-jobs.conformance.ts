import type { ImportJob, ImportJobs, JobChunk } from '@tallystick/ports';
import { describe, expect, it } from 'vitest';
import { openedOnce, type Opened } from './opened.ts';

const job = (jobId: string, more: Partial<ImportJob> = {}): ImportJob => ({
  ...{ jobId, tenant: 'default', actor: 'token:factory', dryRun: false, state: 'running' },
  ...{ undoing: false, undoneBy: null, rows: 0, accepted: 0, refused: 0, chunks: 0 },
  ...{ secretsThrough: 0, attempt: 0, leaseUntil: 0, createdAt: 1_000 },
  ...more,
});

const chunk = (n: number, more: Partial<JobChunk> = {}): JobChunk => ({
  ...{ n, firstRow: n * 10 + 1, rows: 10, accepted: 9, refused: 1, kept: 0, undone: 0 },
  ...{ digest: Uint8Array.of(n), settled: false, packed: `[${n}]` },
  ...more,
});

/** What everything that knows of imports must do (ports: import-jobs). */
export function importJobsConformance(name: string, open: () => Promise<Opened<ImportJobs>>): void {
  describe(`${name} as what is known of imports`, () => {
    const jobs = openedOnce(open);
    const taken = async (jobId: string, now: number, leaseUntil: number) => {
      const found = await jobs().take(jobId, 'importing', now, leaseUntil);
      if (found === null) throw new Error(`${jobId} could not be taken`);
      return { jobId, attempt: found.attempt, leaseUntil };
    };

    it('given a job, then a second insert changes nothing, and no other id is known', async () => {
      await jobs().insert(job('once'));
      await jobs().insert(job('once', { actor: 'token:other' }));
      expect(await jobs().find('once')).toEqual(job('once'));
      expect(await jobs().find('never')).toBeNull();
    });

    it('given a living lease, then nobody else takes the work; given it has ended, the next attempt has it', async () => {
      await jobs().insert(job('leased'));
      const first = await taken('leased', 10, 100);
      expect(await jobs().take('leased', 'importing', 99, 200)).toBeNull();
      const second = await taken('leased', 100, 200);
      expect(second.attempt).toBe(first.attempt + 1);
      expect(await jobs().write(first, { state: 'failed' })).toBe(false);
      expect((await jobs().find('leased'))?.state).toBe('running');
      expect(await jobs().write({ ...second, leaseUntil: 0 }, { state: 'done' })).toBe(true);
      expect(await jobs().take('leased', 'importing', 300, 400)).toBeNull();
    });

    it('given a chunk that is settled twice, then its rows are counted once', async () => {
      await jobs().insert(job('counted'));
      const fence = await taken('counted', 10, 100);
      await jobs().write(fence, { chunk: chunk(0) });
      expect(await jobs().find('counted')).toMatchObject({ rows: 0, chunks: 1 });
      await jobs().write(fence, { settled: 0, chunk: chunk(1) });
      await jobs().write(fence, { settled: 0 });
      const counts = { rows: 10, accepted: 9, refused: 1, chunks: 2 };
      expect(await jobs().find('counted')).toMatchObject(counts);
      const rows = { accepted: 18, refused: 2, kept: 0, undone: 0 };
      expect(await jobs().counts('counted')).toEqual(rows);
    });

    it('given a chunk that is forgotten, then it is gone, unless it is settled', async () => {
      await jobs().insert(job('forgotten'));
      const fence = await taken('forgotten', 10, 100);
      await jobs().write(fence, { chunk: chunk(0) });
      await jobs().write(fence, { settled: 0, chunk: chunk(1) });
      await jobs().write(fence, { forgotten: 1 });
      await jobs().write(fence, { forgotten: 0 });
      const left = await jobs().chunks('forgotten', { fromN: 0, limit: 10 });
      expect(left.map(({ n }) => n)).toEqual([0]);
      expect((await jobs().find('forgotten'))?.chunks).toBe(1);
    });

    it('given chunks, then they come in order, from one on, and by what they hold', async () => {
      await jobs().insert(job('paged'));
      const fence = await taken('paged', 10, 100);
      for (const n of [0, 1, 2])
        await jobs().write(fence, { chunk: chunk(n, n === 1 ? { refused: 0, accepted: 10 } : {}) });
      const numbers = async (question: { fromN: number; holding?: readonly ['refused'] }) =>
        (await jobs().chunks('paged', { limit: 2, ...question })).map(({ n }) => n);
      expect(await numbers({ fromN: 0 })).toEqual([0, 1]);
      expect(await numbers({ fromN: 2 })).toEqual([2]);
      expect(await numbers({ fromN: 0, holding: ['refused'] })).toEqual([0, 2]);
    });

    it('given it is to be undone, then it is taken from its holder, once', async () => {
      await jobs().insert(job('undone'));
      const fence = await taken('undone', 10, 100);
      expect(await jobs().takeToUndo('undone', 'token:boss', 200)).toMatchObject({
        undoing: true,
        undoneBy: 'token:boss',
      });
      expect(await jobs().takeToUndo('undone', 'token:boss', 200)).toBeNull();
      expect(await jobs().write(fence, { state: 'done' })).toBe(false);
      expect(await jobs().take('undone', 'importing', 300, 400)).toBeNull();
      expect(await jobs().take('undone', 'undoing', 300, 400)).toMatchObject({ undoing: true });
    });

    it('given names, then each has the row that bore it first', async () => {
      await jobs().insert(job('named'));
      await jobs().firstRows('named', [['k/a', 1]]);
      const found = await jobs().firstRows('named', [
        ['k/a', 7],
        ['k/b', 8],
      ]);
      expect(Object.fromEntries(found)).toEqual({ 'k/a': 1, 'k/b': 8 });
    });

    it('given secrets are given out, then a second from the same place is refused', async () => {
      await jobs().insert(job('secrets'));
      expect(await jobs().giveOut('secrets', 0, 2)).toBe(true);
      expect(await jobs().giveOut('secrets', 0, 1)).toBe(false);
      expect((await jobs().find('secrets'))?.secretsThrough).toBe(2);
    });
  });
}
