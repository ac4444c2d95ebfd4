import type { EpochMs } from '@tallystick/kernel';
import { remember } from './remember-session.ts';
import {
  andThen,
  findEnded,
  findLive,
  NO_EPOCH,
  placeOf,
  turnAway,
  unchanged,
} from './session-step.ts';
import type { SessionEnd } from './session-end.ts';
import type {
  DeviceSessions,
  LiveSession,
  NewsSource,
  SessionFacts,
  SessionStep,
} from './session.types.ts';

interface End {
  readonly reason: SessionEnd;
  readonly at: EpochMs;
}

/** A session leaves its opening and its end once, however often and however late it is heard of. */
function wasTold(device: DeviceSessions, source: NewsSource, session: SessionFacts): boolean {
  const { sessionId, openedAt } = session;
  if (findLive(device, sessionId) ?? findEnded(device, sessionId)) return true;
  return device.forgotten.some(
    ({ incarnation, openedAt: newest }) =>
      (incarnation === null || incarnation === source.incarnation) && openedAt <= newest,
  );
}

/**
 * A session that was over before it was heard of: it leaves its opening and its end, in this order,
 * and nothing else. It stands under no epoch of its own, so that it stays older than all that were
 * opened.
 */
export function tellPast(
  device: DeviceSessions,
  source: NewsSource,
  facts: SessionFacts,
  { reason, at }: End,
): SessionStep {
  if (wasTold(device, source, facts)) return unchanged(device);
  const { sessionId, openedAt } = facts;
  const { gatewayId, incarnation, term } = source;
  const of = { epoch: NO_EPOCH, gatewayId, incarnation };
  const session: LiveSession = { ...of, facts, term, supersededAt: null, left: null };
  return {
    device: remember(device, { ...of, sessionId, ...placeOf(facts), openedAt, reason }),
    facts: [
      { type: 'SessionOpened', session, time: openedAt },
      { type: 'SessionClosed', session, reason, time: Math.max(openedAt, at) },
    ],
    commands: [],
  };
}

/** The same, and its socket is to go. */
export function turnAwayPast(
  device: DeviceSessions,
  source: NewsSource,
  session: SessionFacts,
  end: End,
): SessionStep {
  return andThen(tellPast(device, source, session, end), (now) =>
    turnAway(now, source, session, end.reason),
  );
}
