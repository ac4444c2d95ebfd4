import type { AuditEntry } from '@tallystick/projections';
import { createFixedClock } from '@tallystick/test-kit';
import { describe, expect, it } from 'vitest';
import type { Call } from '../http/call.ts';
import { audited, toAuditEntry } from './audit-entry.ts';

const call = {
  ...{ actor: 'token:a', action: 'endSession', tenant: 'north', remoteAddress: '192.0.2.1' },
  correlationId: 'r1',
} as Call;
const entry = toAuditEntry(call, 7, 's1');

/** What happened, in its order. */
function given({ away = false } = {}) {
  const happened: string[] = [];
  const audit = {
    record: async ([row]: readonly AuditEntry[]) => {
      if (away) throw new Error('the database is away');
      happened.push(`row ${row?.action} of ${row?.subject}: ${row?.detail}`);
    },
  };
  return { happened, parts: { audit, clock: createFixedClock() } };
}

describe('an act that appends no event', () => {
  it('has its row before it is done', async () => {
    const { happened, parts } = given();
    const done = await audited(parts, entry, async () => happened.push('done'));
    expect(done).toBe(2);
    expect(happened).toEqual(['row endSession of s1: null', 'done']);
  });

  it('is not done where its row cannot be written', async () => {
    const { happened, parts } = given({ away: true });
    const work = async () => happened.push('done');
    await expect(audited(parts, entry, work)).rejects.toThrow('the database is away');
    expect(happened).toEqual([]);
  });

  it('has a second row where it fails', async () => {
    const { happened, parts } = given();
    const work = () => Promise.reject(new Error('the bus is away'));
    await expect(audited(parts, entry, work)).rejects.toThrow('the bus is away');
    expect(happened).toEqual(['row endSession of s1: null', 'row endSession of s1: it failed']);
  });
});
