import { describe, expect, it } from 'vitest';
import { closeSuperseded, loseSessions } from './close-session.ts';
import {
  announced,
  closed,
  from,
  kicks,
  opened,
  said,
  sessionOf,
  settled,
  told,
} from './session.builder.ts';

const [a, b] = [from('a'), from('b')];
const [s1, s2] = [sessionOf('s1', 100), sessionOf('s2', 200)];
const lost = (step: ReturnType<typeof told>, gatewayId: string) =>
  loseSessions(step.device, (session) => session.gatewayId === gatewayId, 500);

describe('a session opens', () => {
  it('brings the first unit of a device online under epoch 1', () => {
    expect(said(told([[a, opened(s1)]]))).toEqual(['SessionOpened s1 1', 'DeviceOnline s1 1']);
  });

  it('says nothing of a second unit but its session', () => {
    const [one, two] = [sessionOf('s1', 1, { unit: 'u1' }), sessionOf('s2', 2, { unit: 'u2' })];
    const step = told([
      [a, opened(one)],
      [b, opened(two)],
    ]);
    expect(said(step)).toEqual(['SessionOpened s2 2']);
    expect(step.commands).toEqual([]);
  });

  it('takes over the same unit without an offline in between, and kicks the old one', () => {
    const step = told([
      [a, opened(s1)],
      [b, opened(s2)],
    ]);
    expect(said(step)).toEqual([
      'SessionTakenOver s2 2',
      'SessionClosed s1 1 taken-over',
      'SessionOpened s2 2',
    ]);
    expect(step.facts[0]).toMatchObject({ previousSessionId: 's1' });
    expect(kicks(step.commands)).toEqual(['s1@a taken-over']);
  });

  it('says nothing when the same opening is heard twice, live or ended', () => {
    const twice = told([
      [a, opened(s1)],
      [a, opened(s1)],
    ]);
    const afterwards = told([
      [a, opened(s1)],
      [a, closed(s1, 150, 'client')],
      [a, opened(s1)],
    ]);
    expect([twice.facts, afterwards.facts]).toEqual([[], []]);
    expect([twice.commands, afterwards.commands]).toEqual([[], []]);
  });

  it('goes on counting epochs after the device was offline', () => {
    const step = told([
      [a, opened(s1)],
      [a, closed(s1, 150, 'keep-alive')],
      [a, opened(s2)],
    ]);
    expect(said(step)).toEqual(['SessionOpened s2 2', 'DeviceOnline s2 2']);
  });
});

describe('a session over HTTP', () => {
  const token = (sessionId: string, openedAt: number) =>
    sessionOf(sessionId, openedAt, { transport: 'http' });
  const [t1, t2] = [token('t1', 150), token('t2', 250)];

  it('lives beside a connection, and says nothing of presence that is there already', () => {
    const step = told([
      [a, opened(s1)],
      [b, opened(t1)],
    ]);
    expect([said(step), step.commands]).toEqual([['SessionOpened t1 2'], []]);
  });

  it('takes over the older one over HTTP alone', () => {
    const step = told([
      [a, opened(s1)],
      [a, opened(t1)],
      [b, opened(t2)],
    ]);
    expect(kicks(step.commands)).toEqual(['t1@a taken-over']);
    expect(step.device.live.map(({ facts }) => facts.sessionId)).toEqual(['s1', 't2']);
  });

  it('is not taken over by a connection, nor judged by how new that is', () => {
    const step = told([
      [a, opened(t1)],
      [a, opened(s2)],
      [b, announced(token('t0', 160))],
    ]);
    expect(kicks(step.commands)).toEqual(['t1@a taken-over']);
    expect(step.device.live.map(({ facts }) => facts.sessionId)).toEqual(['s2', 't0']);
  });

  it('leaves the device online while the connection is there, and offline when both are gone', () => {
    const both = told([
      [a, opened(s1)],
      [a, opened(t1)],
      [a, closed(t1, 300, 'silence')],
    ]);
    expect(said(both)).toEqual(['SessionClosed t1 2 silence']);
    const none = told([[a, closed(s1, 400, 'kicked')]], both.device);
    expect(said(none)).toEqual(['SessionClosed s1 1 kicked', 'DeviceOffline s1 1 kicked']);
  });

  it('given it has ended, is no measure of how new a connection is', () => {
    const step = told([
      [a, opened(t2)],
      [a, closed(t2, 260, 'kicked')],
      [b, announced(s1)],
    ]);
    expect([said(step), step.commands]).toEqual([['SessionOpened s1 2', 'DeviceOnline s1 2'], []]);
  });

  it('given its place was remembered by an earlier release, that knew no HTTP, is none of it', () => {
    const { device } = told([
      [a, opened(s2)],
      [a, closed(s2, 260, 'kicked')],
    ]);
    expect(device.ended.map((one) => 'http' in one)).toEqual([false]);
    expect(said(told([[b, announced(t1)]], device))).toContain('SessionOpened t1 2');
    expect(said(told([[b, announced(s1)]], device))).not.toContain('DeviceOnline s1 2');
  });
});

describe('an opening after its own gateway’s clock was set back', () => {
  it('counts as new: what one gateway says comes in the order in which it happened', () => {
    const step = told([
      [from('a', { sentAt: 5_020 }), opened(sessionOf('s1', 5_000))],
      [from('a', { sentAt: 3_020 }), opened(sessionOf('s2', 3_000))],
    ]);
    expect(step.device.live.map(({ facts }) => facts.sessionId)).toEqual(['s2']);
    expect(kicks(step.commands)).toEqual(['s1@a taken-over']);
  });

  it('but not when it was sent again after the newer one', () => {
    const step = told([
      [a, opened(s2)],
      [from('a', { sentAt: 200 }), opened(s1)],
    ]);
    expect(said(step)).toEqual(['SessionOpened s1 0', 'SessionClosed s1 0 taken-over']);
    expect(kicks(step.commands)).toEqual(['s1@a taken-over']);
  });
});

describe('a session closes', () => {
  it('takes the device offline with the reason when it was the last', () => {
    const step = told([
      [a, opened(s1)],
      [a, closed(s1, 150, 'keep-alive')],
    ]);
    expect(said(step)).toEqual(['SessionClosed s1 1 keep-alive', 'DeviceOffline s1 1 keep-alive']);
    expect(step.facts.map(({ time }) => time)).toEqual([150, 150]);
  });

  it('leaves the device online while another unit is', () => {
    const [one, two] = [sessionOf('s1', 1, { unit: 'u1' }), sessionOf('s2', 2, { unit: 'u2' })];
    const step = told([
      [a, opened(one)],
      [b, opened(two)],
      [a, closed(one, 3, 'client')],
    ]);
    expect(said(settled(step))).toEqual(['SessionClosed s1 1 client']);
  });

  it('is history when the session is live no more', () => {
    const step = told([
      [a, opened(s1)],
      [b, opened(s2)],
      [a, closed(s1, 250, 'taken-over')],
    ]);
    expect(said(step)).toEqual([]);
  });

  it('tells of a session that was never heard of, once, and of no presence', () => {
    const step = told([[a, closed(s1, 150, 'client')]]);
    expect(said(step)).toEqual(['SessionOpened s1 0', 'SessionClosed s1 0 client']);
    expect(told([[a, closed(s1, 150, 'client')]], step.device).facts).toEqual([]);
    expect(told([[a, opened(s1)]], step.device).facts).toEqual([]);
  });

  it('waits for the successor when its own gateway says it was taken over', () => {
    const closing = told([
      [a, opened(s1)],
      [a, closed(s1, 199, 'taken-over')],
    ]);
    expect(said(closing)).toEqual([]);
    const step = told([[a, opened(s2)]], closing.device);
    expect(said(step)).toEqual([
      'SessionTakenOver s2 2',
      'SessionClosed s1 1 taken-over',
      'SessionOpened s2 2',
    ]);
    expect(step.commands).toEqual([]);
  });

  it('goes offline as connection-lost when that successor never came', () => {
    const closing = told([
      [a, opened(s1)],
      [a, closed(s1, 199, 'taken-over')],
    ]);
    expect(said(closeSuperseded(closing.device, () => false, 900))).toEqual([]);
    expect(said(closeSuperseded(closing.device, () => true, 900))).toEqual([
      'SessionClosed s1 1 connection-lost',
      'DeviceOffline s1 1 connection-lost',
    ]);
  });
});

describe('a session whose device leaves it', () => {
  const leaving = (at: number) =>
    told([
      [a, opened(s1)],
      [a, closed(s1, at, 'connection-lost')],
    ]);

  it('is told with its own time once nothing newer was heard of for a while', () => {
    expect(said(leaving(150))).toEqual([]);
    const step = settled(leaving(150));
    expect(said(step)).toEqual([
      'SessionClosed s1 1 connection-lost',
      'DeviceOffline s1 1 connection-lost',
    ]);
    expect(step.facts.map(({ time }) => time)).toEqual([150, 150]);
    expect(said(settled(step)).slice(2)).toEqual([]);
  });

  it('was taken over when another gateway tells, a moment later, of one that was opened before', () => {
    const step = told([[b, opened(s2)]], leaving(200).device);
    expect(said(step)).toEqual([
      'SessionTakenOver s2 2',
      'SessionClosed s1 1 taken-over',
      'SessionOpened s2 2',
    ]);
    expect(step.commands).toEqual([]);
    expect(said(settled(step)).slice(3)).toEqual([]);
  });

  it('was taken over, too, when it seems to have ended before by less than two gateways’ times are apart', () => {
    const step = told([[b, opened(s2)]], leaving(150).device);
    expect(said(step)[0]).toBe('SessionTakenOver s2 2');
    expect(said(settled(step))).not.toContain('DeviceOffline s1 1 connection-lost');
  });

  it('was no takeover when the newer one was opened after', () => {
    expect(said(told([[b, opened(s2)]], leaving(149).device))).toEqual([
      'SessionClosed s1 1 connection-lost',
      'DeviceOffline s1 1 connection-lost',
      'SessionOpened s2 2',
      'DeviceOnline s2 2',
    ]);
  });

  it('keeps its own reason when its gateway is lost, or a new life of the key begins', () => {
    const lastWords = said(lost(leaving(150), 'a'));
    expect(lastWords).toEqual(said(settled(leaving(150))));
    const reborn = told(
      [[a, opened(sessionOf('s2', 200, { generation: 2 }))]],
      leaving(150).device,
    );
    expect(said(reborn).slice(0, 2)).toEqual(lastWords);
    expect(reborn.commands).toEqual([]);
  });
});

describe('a new life of the key', () => {
  it('ends the sessions of older lives as deleted, and goes on with their epochs', () => {
    const step = told([
      [a, opened(s1)],
      [a, opened(sessionOf('s2', 200, { generation: 2 }))],
    ]);
    expect(said(step)).toEqual([
      'SessionClosed s1 1 deleted',
      'DeviceOffline s1 1 deleted',
      'SessionOpened s2 2',
      'DeviceOnline s2 2',
    ]);
    expect(kicks(step.commands)).toEqual(['s1@a deleted']);
  });

  it('turns away a session of an older life', () => {
    const step = told([
      [a, opened(sessionOf('s2', 200, { generation: 2 }))],
      [b, opened(s1)],
    ]);
    expect(said(step)).toEqual(['SessionOpened s1 0', 'SessionClosed s1 0 deleted']);
    expect(kicks(step.commands)).toEqual(['s1@b deleted']);
  });
});

describe('an announced session', () => {
  const next = from('a', { term: 2, sentAt: 900 });

  it('that was lost with its gateway opens again under a new epoch', () => {
    const gone = lost(told([[a, opened(s1)]]), 'a');
    expect(said(gone)).toEqual([
      'SessionClosed s1 1 gateway-lost',
      'DeviceOffline s1 1 gateway-lost',
    ]);
    const step = told([[next, announced(s1)]], gone.device);
    expect(said(step)).toEqual(['SessionOpened s1 2', 'DeviceOnline s1 2']);
    expect(step.device.ended).toEqual([]);
  });

  it('is the past when the device has moved on: it is kicked, never the live one', () => {
    const gone = lost(told([[a, opened(s1)]]), 'a');
    const moved = told([[b, opened(s2)]], gone.device);
    const step = told([[next, announced(s1)]], moved.device);
    expect(said(step)).toEqual([]);
    expect(kicks(step.commands)).toEqual(['s1@a taken-over']);
  });

  it('is the past when the device has moved on and left', () => {
    const gone = lost(told([[a, opened(s1)]]), 'a');
    const left = told(
      [
        [b, opened(s2)],
        [b, closed(s2, 300, 'client')],
      ],
      gone.device,
    );
    expect(kicks(told([[next, announced(s1)]], left.device).commands)).toEqual(['s1@a taken-over']);
  });

  it('that is live goes on under the new term, without a word', () => {
    const step = told([
      [a, opened(s1)],
      [next, announced(s1)],
    ]);
    expect(said(step)).toEqual([]);
    expect(step.device.live[0]).toMatchObject({ term: 2, epoch: 1 });
  });

  it('that was never heard of before is ordered by its time', () => {
    const newer = told([
      [b, opened(s1)],
      [next, announced(s2)],
    ]);
    const older = told([
      [b, opened(s2)],
      [next, announced(s1)],
    ]);
    expect(kicks(newer.commands)).toEqual(['s1@b taken-over']);
    expect(kicks(older.commands)).toEqual(['s1@a taken-over']);
    expect(said(told([[next, announced(s1)]]))).toEqual([
      'SessionOpened s1 1',
      'DeviceOnline s1 1',
    ]);
  });

  it('that ended by its own gateway’s word is kicked', () => {
    const step = told([
      [a, opened(s1)],
      [a, closed(s1, 150, 'keep-alive')],
      [next, announced(s1)],
    ]);
    expect(kicks(step.commands)).toEqual(['s1@a keep-alive']);
  });
});

it('the first login with an own secret is none of presence', () => {
  expect(told([[a, { type: 'activated', session: s1 }]]).facts).toEqual([]);
});
