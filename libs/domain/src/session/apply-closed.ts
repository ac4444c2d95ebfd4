import { closeSession } from './close-session.ts';
import { tellPast } from './past-session.ts';
import { findLive, unchanged } from './session-step.ts';
import type { SessionEnd } from './session-end.ts';
import type {
  DeviceSessions,
  LiveSession,
  NewsSource,
  SessionNews,
  SessionStep,
} from './session.types.ts';

/** What a gateway says of a session's end. */
export function applyClosed(
  device: DeviceSessions,
  source: NewsSource,
  news: Extract<SessionNews, { type: 'closed' }>,
): SessionStep {
  const live = findLive(device, news.session.sessionId);
  if (live === undefined) return closedUnheard(device, source, news);
  if (source.standing !== 'current') return unchanged(device);
  if (live.supersededAt !== null || live.left !== null) return unchanged(device);
  const { reason, at } = news;
  // Its successor on the same gateway is about to be told of: no offline in between.
  if (reason === 'taken-over') return unchanged(mark(device, live, { supersededAt: at }));
  // Perhaps for a session on another gateway, which packs what it says as this one does.
  if (isMove(reason)) return unchanged(mark(device, live, { left: { reason, at } }));
  return closeSession(device, live, reason, at);
}

/**
 * Its opening was lost on the way: at its end both are told. An older life's sessions were told of
 * when that ended.
 */
function closedUnheard(
  device: DeviceSessions,
  source: NewsSource,
  { session, reason, at }: Extract<SessionNews, { type: 'closed' }>,
): SessionStep {
  if (session.generation < device.generation) return unchanged(device);
  return tellPast(device, source, session, { reason, at });
}

/** What a device does that goes elsewhere. */
function isMove(reason: SessionEnd): boolean {
  return reason === 'client' || reason === 'connection-lost';
}

function mark(
  device: DeviceSessions,
  session: LiveSession,
  how: Partial<Pick<LiveSession, 'supersededAt' | 'left'>>,
): DeviceSessions {
  const marked = { ...session, ...how };
  return { ...device, live: device.live.map((one) => (one === session ? marked : one)) };
}
