import { describe, expect, it } from 'vitest';
import { PresenceRecords, type SomeSession } from '../specs/presence-records.builder.ts';
import { foldPresence, type PresenceState } from './presence.fold.ts';
import { parsePresenceRecord } from './presence-record.ts';

type Say = (records: PresenceRecords) => void;

function fold(...says: readonly Say[]): PresenceState | null {
  const records = new PresenceRecords();
  for (const say of says) say(records);
  return records.all.reduce<PresenceState | null>((state, delivered) => {
    const record = parsePresenceRecord(delivered);
    return record === null ? state : foldPresence(state, record);
  }, null);
}

const d1 = (epoch: number, more: Partial<SomeSession> = {}): SomeSession => ({
  deviceKey: 'd1',
  epoch,
  ...more,
});
const connects =
  (session: SomeSession): Say =>
  (records) =>
    void records.connects(session);
const disconnects =
  (session: SomeSession): Say =>
  (records) =>
    void records.disconnects(session);

describe('presence', () => {
  it('given a device that connects, it is online under the session\u2019s epoch and ClientID', () => {
    expect(fold(connects(d1(1, { clientId: 'c7' })))).toMatchObject({
      online: true,
      epoch: 1,
      clientId: 'c7',
      sessionId: 'd1-s1',
    });
  });

  it('given its disconnect, it is offline and keeps what the newest session told', () => {
    expect(fold(connects(d1(1)), disconnects(d1(1)))).toMatchObject({
      online: false,
      epoch: 1,
      clientId: 'c1',
    });
  });

  it('given a takeover, it stays online under the newer epoch', () => {
    const state = fold(connects(d1(1)), (records) => {
      records.say('SessionTakenOver', d1(2, { clientId: 'c2' }), { previousSessionId: 'd1-s1' });
      records.closed(d1(1), 'taken-over');
      records.opened(d1(2, { clientId: 'c2' }));
    });
    expect(state).toMatchObject({ online: true, epoch: 2, clientId: 'c2' });
  });

  it('given two units of which the newer goes first, the older\u2019s going makes it offline', () => {
    const state = fold(
      connects(d1(1, { clientId: 'a' })),
      (records) => void records.opened(d1(2, { clientId: 'b' })),
      (records) => void records.closed(d1(2, { clientId: 'b' })),
      disconnects(d1(1, { clientId: 'a' })),
    );
    expect(state).toMatchObject({ online: false, epoch: 2, clientId: 'b' });
  });

  it('given an offline older than the last online, it stays online', () => {
    const state = fold(
      connects(d1(1)),
      disconnects(d1(1)),
      connects(d1(2)),
      (records) => void records.offline(d1(1)),
    );
    expect(state).toMatchObject({ online: true, epoch: 2 });
  });

  it('given an online that was said before, it stays offline', () => {
    const state = fold(
      connects(d1(2)),
      disconnects(d1(2)),
      (records) => void records.online(d1(2)),
      (records) => void records.online(d1(1)),
    );
    expect(state).toMatchObject({ online: false, epoch: 2 });
  });

  it('given a newer life, it begins anew', () => {
    const state = fold(connects(d1(4)), (records) => void records.opened(d1(5, { generation: 2 })));
    expect(state).toMatchObject({ generation: 2, online: false, epoch: 5 });
  });

  it('given news of an older life, nothing changes', () => {
    const before = fold(connects(d1(4, { generation: 2 })));
    const after = fold(connects(d1(4, { generation: 2 })), disconnects(d1(3)));
    expect(after).toEqual(before);
  });

  it('given a record of no presence, a tombstone or a torn value, nothing is read', () => {
    const [record] = new PresenceRecords().connects(d1(1));
    if (record === undefined) throw new Error('no record');
    const header = { ...record.headers, ce_type: 'tallystick.DeviceTeleported.v1' };
    expect(parsePresenceRecord({ ...record, headers: header })).toBeNull();
    expect(parsePresenceRecord({ ...record, value: null })).toBeNull();
    expect(parsePresenceRecord({ ...record, value: new Uint8Array([123]) })).toBeNull();
    expect(parsePresenceRecord({ ...record, key: null })).toBeNull();
  });
});
