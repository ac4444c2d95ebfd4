import { describe, expect, it } from 'vitest';
import {
  announced,
  closed,
  from,
  kicks,
  opened,
  said,
  sessionOf,
  told,
} from './session.builder.ts';

const [a, b] = [from('a'), from('b')];
const [s1, s2] = [sessionOf('s1', 100), sessionOf('s2', 200)];

describe('an opening that is heard late', () => {
  it('never kicks the newer session that is live; its own socket is to go', () => {
    const step = told([
      [b, opened(s2)],
      [from('a', { sentAt: 220 }), opened(s1)],
    ]);
    expect(said(step)).toEqual(['SessionOpened s1 0', 'SessionClosed s1 0 taken-over']);
    expect(kicks(step.commands)).toEqual(['s1@a taken-over']);
    expect(step.device.live.map(({ facts }) => facts.sessionId)).toEqual(['s2']);
  });

  it('does not bring a device online that has since moved and left', () => {
    const step = told([
      [b, opened(s2)],
      [b, closed(s2, 210, 'client')],
      [from('a', { sentAt: 220 }), opened(s1)],
    ]);
    expect(said(step)).toEqual(['SessionOpened s1 0', 'SessionClosed s1 0 taken-over']);
    expect(kicks(step.commands)).toEqual(['s1@a taken-over']);
  });

  it('counts as new when only a wrong clock makes it older', () => {
    const hour = 3_600_000;
    const ahead = sessionOf('s1', hour);
    const step = told([
      [from('a', { sentAt: hour + 20 }), opened(ahead)],
      [from('b', { sentAt: 220 }), opened(s2)],
    ]);
    expect(kicks(step.commands)).toEqual(['s1@a taken-over']);
  });
});

describe('an opening that is heard after more newer sessions than are remembered', () => {
  const newer = Array.from({ length: 20 }, (_, n) => sessionOf(`n${n}`, 200 + n));
  const moved = told(newer.map((session) => [b, opened(session)] as const));

  it('leaves both its ends all the same, once, also when it is sent again much later', () => {
    const late = from('a', { sentAt: 300 });
    const step = told([[late, opened(s1)]], moved.device);
    expect(said(step)).toEqual(['SessionOpened s1 0', 'SessionClosed s1 0 taken-over']);
    const others = Array.from({ length: 20 }, (_, n) => sessionOf(`l${n}`, 101 + n));
    const after = told(
      others.map((session) => [late, opened(session)] as const),
      step.device,
    );
    expect(told([[late, opened(s1)]], after.device).facts).toEqual([]);
    expect(told([[late, closed(s1, 150, 'client')]], after.device).facts).toEqual([]);
  });

  it('pushes out no session that later news is judged by', () => {
    const offline = told([[b, closed(sessionOf('n19', 219), 250, 'keep-alive')]], moved.device);
    const flood = Array.from({ length: 20 }, (_, n) => sessionOf(`l${n}`, 100 + n));
    const late = from('a', { sentAt: 300 });
    const step = told(
      flood.map((session) => [late, opened(session)] as const),
      offline.device,
    );
    expect(step.device.live).toEqual([]);
    expect(step.device.ended.length).toBeLessThanOrEqual(16);
    expect(step.device.forgotten.length).toBeLessThanOrEqual(8);
  });
});

describe('news of a fenced term', () => {
  const fenced = from('a', { standing: 'fenced' });

  it('is history: its sessions are told, but no presence, and what is surely over is kicked', () => {
    const free = told([[fenced, opened(s1)]]);
    const held = told([
      [b, opened(s2)],
      [fenced, opened(s1)],
    ]);
    expect(said(free)).toEqual(['SessionOpened s1 0', 'SessionClosed s1 0 gateway-lost']);
    expect(free.commands).toEqual([]);
    expect(told([[fenced, closed(s1, 150, 'client')]], free.device).facts).toEqual([]);
    expect(said(held)).toEqual(['SessionOpened s1 0', 'SessionClosed s1 0 taken-over']);
    expect(kicks(held.commands)).toEqual(['s1@a taken-over']);
  });

  it('leaves a session that may be the newest to its announcement', () => {
    const step = told([
      [b, opened(s1)],
      [fenced, opened(s2)],
    ]);
    expect(step.commands).toEqual([]);
    const next = told([[from('a', { term: 2 }), announced(s2)]], step.device);
    expect(kicks(next.commands)).toEqual(['s1@b taken-over']);
  });

  it('closes nothing and brings nothing online', () => {
    const live = told([[a, opened(s1)]]);
    expect(told([[fenced, closed(s1, 150, 'client')]], live.device).facts).toEqual([]);
    const step = told([[fenced, announced(s2)]], live.device);
    expect(said(step)).toEqual(['SessionOpened s2 0', 'SessionClosed s2 0 gateway-lost']);
    expect(step.device.live.map(({ facts }) => facts.sessionId)).toEqual(['s1']);
  });

  it('has no say in what is live: an older session elsewhere opens, and yields to the announcement', () => {
    const free = told([[fenced, opened(s2)]]);
    const elsewhere = told([[b, opened(s1)]], free.device);
    expect(said(elsewhere)).toEqual(['SessionOpened s1 1', 'DeviceOnline s1 1']);
    const back = told([[from('a', { term: 2 }), announced(s2)]], elsewhere.device);
    expect(said(back)).toEqual([
      'SessionTakenOver s2 2',
      'SessionClosed s1 1 taken-over',
      'SessionOpened s2 2',
    ]);
  });

  it('is kicked when its whole incarnation is retired', () => {
    const retired = from('a', { standing: 'retired' });
    expect(kicks(told([[retired, opened(s1)]]).commands)).toEqual(['s1@a gateway-lost']);
    expect(kicks(told([[retired, announced(s1)]]).commands)).toEqual(['s1@a gateway-lost']);
  });
});
