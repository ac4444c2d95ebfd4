import type { StoredEvent } from '@tallystick/ports';
import { createSeededIds } from '@tallystick/test-kit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MOST_COUNTED_ROWS } from '../audit/audit-counts.ts';
import { createAuditLog } from '../audit/audit-log.ts';
import type { AuditEntry, AuditLog, CountedAttempts } from '../audit/audit.types.ts';
import { toAuditRow } from '../audit/audit.view.ts';
import { openWorld, type ViewWorld } from './view-world.ts';

const MINUTE = 1_800_000_000_000 - (1_800_000_000_000 % 60_000);

const entry = (over: Partial<AuditEntry> = {}): AuditEntry => ({
  ...{ time: MINUTE, tenant: 'default', actor: 'token:a', action: 'endSession', subject: 's1' },
  ...{ remoteAddress: '192.0.2.1', requestId: 'r1', detail: null },
  ...over,
});
const attempts = (over: Partial<CountedAttempts> = {}): CountedAttempts => ({
  ...{ time: MINUTE, tenant: 'default', actor: 'unknown', action: 'getDevice refused' },
  ...{ remoteAddress: '192.0.2.1', times: 1 },
  ...over,
});

describe('the row of an act', () => {
  const event = (stream: string, over: Partial<StoredEvent['meta']> = {}) =>
    toAuditRow({
      ...{ id: 'i', type: 'Happened', schemaVersion: 1, time: 7, data: {}, revision: 1 },
      ...{ stream, position: 12 },
      meta: {
        ...{ tenant: 't', subject: 'dv_1', actor: 'token:a', correlationId: 'c', causationId: 'x' },
        origin: { action: 'act', address: null },
        ...over,
      },
    });

  it.each([
    ['device/t/p/d', 'dv_1'],
    ['product/p', 'p'],
    ['tenant/north', 'north'],
    ['token/tk_1', 'tk_1'],
    ['job/t/j1', 'j1'],
  ])('on %s is of %s', (stream, subject) => {
    expect(event(stream)).toEqual([
      ...[7, 'e0000000000000012', 't', 'token:a', 'act', subject, null, 'c'],
      'Happened at position 12',
    ]);
  });

  it.each(['device-id/given', 'device-key/t/d', 'other/x'])('is none on %s', (stream) => {
    expect(event(stream)).toBeNull();
  });

  it('is the device’s, where a gateway asked for it', () => {
    expect(event('device/t/p/d', { actor: 'gateway:g1' })?.[3]).toBe('device:dv_1');
  });
});

describe.each(['sqlite', 'postgres'] as const)('the audit log on %s', (dialect) => {
  let world: ViewWorld;
  let audit: AuditLog;

  beforeEach(async () => {
    world = await openWorld(dialect);
    audit = await createAuditLog(world.db, createSeededIds());
  });
  afterEach(() => world.end());

  const list = async (
    filter: Partial<Parameters<AuditLog['list']>[0]> = {},
    limit = 2_000,
    cursor: string | null = null,
  ) => {
    const page = await audit.list({ tenant: null, ...filter }, limit, cursor);
    if (page === null) throw new Error('no page');
    return page;
  };
  const subjects = async (...asked: Parameters<typeof list>) =>
    (await list(...asked)).data.map(({ subject }) => subject);

  it('shows what was appended and what was recorded as one list, newest first', async () => {
    const origin = { action: 'createDevice', address: '192.0.2.9' };
    await world.log.device('d1', {}, {}, origin);
    const time = world.log.clock.now();
    await world.settled();
    await audit.record([entry({ time: time - 1, subject: 'before' })]);
    await audit.record([entry({ time: time + 1, subject: 'after' })]);
    expect(await subjects()).toEqual(['after', 'id-d1', 'before']);
    const paged: unknown[] = [];
    let cursor: string | null = null;
    do {
      const page = await list({}, 1, cursor);
      paged.push(...page.data.map(({ subject }) => subject));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(paged).toEqual(['after', 'id-d1', 'before']);
  });

  it('shows each filter’s rows and those of filters together', async () => {
    await audit.record([
      entry({ subject: 'a', actor: 'x', tenant: 't1' }),
      entry({ subject: 'a', actor: 'y', tenant: 't1', time: MINUTE + 1 }),
      entry({ subject: 'b', actor: 'x', tenant: 't2', time: MINUTE + 2 }),
      entry({ subject: null, actor: 'x', tenant: 't1', time: MINUTE + 3 }),
    ]);
    expect(await subjects({ subject: 'a' })).toEqual(['a', 'a']);
    expect(await subjects({ actor: 'x' })).toEqual([null, 'b', 'a']);
    expect(await subjects({ actor: 'x', tenant: 't1' })).toEqual([null, 'a']);
    expect(await subjects({ subject: 'a', actor: 'x', tenant: 't2' })).toEqual([]);
    expect(await subjects({ subject: 'a', actor: 'x' })).toEqual(['a']);
    expect(await subjects({ from: MINUTE + 1, to: MINUTE + 3 })).toEqual(['b', 'a']);
    expect(await subjects({ actor: 'x', from: MINUTE + 1, to: MINUTE + 3 })).toEqual(['b']);
  });

  it.each(['ünïcödé \u202Egnp', 'half \uD800 pair', 'nul \0 sign', 'x'.repeat(2_000)])(
    'keeps and finds any text: %j',
    async (subject) => {
      await audit.record([entry({ subject, actor: subject, detail: subject })]);
      expect((await list({ subject })).data).toHaveLength(1);
      expect((await list({ actor: subject })).data).toHaveLength(1);
    },
  );

  it.each(['', 'x', 'bm9uZQ', Buffer.from('[1]').toString('base64url')])(
    'takes no cursor that is none of its own: %j',
    async (cursor) => {
      expect(await audit.list({ tenant: null }, 10, cursor)).toBeNull();
    },
  );

  it('adds attempts of one minute to one row, whoever counts them', async () => {
    const other = await createAuditLog((await world.second()).db, createSeededIds(2));
    await audit.count([attempts({ times: 1 })]);
    await Promise.all([
      audit.count([attempts({ times: 2, time: MINUTE + 7 })]),
      other.count([attempts({ times: 4, time: MINUTE + 59_999 })]),
    ]);
    await audit.count([attempts({ time: MINUTE + 60_000 })]);
    await audit.count([attempts({ remoteAddress: '192.0.2.2' })]);
    const { data } = await list();
    const shown = data.map(({ time, remoteAddress, detail }) => [time, remoteAddress, detail]);
    const [at, next] = [MINUTE, MINUTE + 60_000].map((ms) => new Date(ms).toISOString());
    expect(shown[0]).toEqual([next, '192.0.2.1', '1']);
    expect(shown.slice(1).toSorted()).toEqual([
      [at, '192.0.2.1', '7'],
      [at, '192.0.2.2', '1'],
    ]);
  });

  it('has at most 1,000 such rows a minute, and counts the rest in one of them', async () => {
    const other = await createAuditLog((await world.second()).db, createSeededIds(2));
    const from = (part: number, many: number) =>
      Array.from({ length: many }, (_, n) => attempts({ remoteAddress: `10.0.${part}.${n}` }));
    await Promise.all([audit.count(from(1, 700)), other.count(from(2, 700))]);
    await audit.count(from(1, 700));
    const { data } = await list();
    expect(data).toHaveLength(MOST_COUNTED_ROWS);
    const sum = data.reduce((all, { detail }) => all + Number(detail), 0);
    expect(sum).toBe(2_100);
    const beyond = data.filter(({ action }) => action === '* refused');
    expect(beyond).toMatchObject([{ remoteAddress: null, actor: 'unknown', tenant: 'default' }]);
  });

  it('has one row of an act that is told again, and keeps the first', async () => {
    const named = { act: 'import/j1', subject: 'j1' };
    await audit.record([entry({ ...named, requestId: 'first' })]);
    await audit.record([entry({ ...named, requestId: 'again' }), entry({ act: 'import/j2' })]);
    const requests = (await list()).data.map(({ requestId }) => requestId);
    expect(requests.toSorted()).toEqual(['first', 'r1']);
  });

  it('drops what is too old, of both kinds, a page at a time', async () => {
    const origin = { action: 'createDevice', address: null };
    for (const name of ['d1', 'd2']) await world.log.device(name, {}, {}, origin);
    await world.settled();
    const now = world.log.clock.now();
    await audit.record([1, 2, 3].map((n) => entry({ time: n, subject: `old-${n}` })));
    await audit.record([entry({ time: now + 9, subject: 'new' })]);
    expect(await audit.forget(now + 1, 4)).toBe(4);
    expect(await audit.forget(now + 1, 4)).toBe(1);
    expect(await audit.forget(now + 1, 4)).toBe(0);
    expect(await subjects()).toEqual(['new']);
  });

  it('keeps its own rows when the view is built again and the process starts again', async () => {
    const origin = { action: 'createDevice', address: null };
    await world.log.device('d1', {}, {}, origin);
    await audit.record([entry({ time: 1 })]);
    await world.settled();
    const before = (await list()).data;
    expect(before).toHaveLength(2);
    await world.rebuild('audit');
    await createAuditLog(world.db, createSeededIds(3));
    expect((await list()).data).toEqual(before);
  });
});
