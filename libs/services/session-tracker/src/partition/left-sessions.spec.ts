import type { LiveSession } from '@tallystick/domain';
import { expect, it } from 'vitest';
import { describe } from '../tracker-world.builder.ts';
import { LeftSessions } from './left-sessions.ts';

const left = (at: number): LiveSession => ({
  ...{ facts: describe('d', 's'), epoch: 1, gatewayId: 'g', incarnation: 'g-1', term: 1 },
  ...{ supersededAt: null, left: { reason: 'client', at } },
});

it('a session that was left is over when gateways had the time to say of a newer one', () => {
  const sessions = new LeftSessions();
  const [early, late] = [left(1_000), left(1_150)];
  expect([...sessions.over([early], 1_000)]).toEqual([]);
  expect([...sessions.over([early, late], 1_199)]).toEqual([]);
  expect([...sessions.over([early, late], 1_200)]).toEqual([early]);
  expect([...sessions.over([late], 1_400)]).toEqual([late]);
});

it('what was heard late is waited for as long as other spools may take', () => {
  const sessions = new LeftSessions();
  const spooled = left(1_000);
  expect([...sessions.over([spooled], 60_000)]).toEqual([]);
  expect([...sessions.over([spooled], 62_999)]).toEqual([]);
  expect([...sessions.over([spooled], 63_000)]).toEqual([spooled]);
});
