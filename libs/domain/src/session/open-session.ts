import type { EpochMs } from '@tallystick/kernel';
import { closeLeft, end } from './close-session.ts';
import { recordContest } from './conflict-evidence.ts';
import { andThen, findHolder, kick, unchanged } from './session-step.ts';
import type {
  DeviceSessions,
  LiveSession,
  NewsSource,
  PresenceFact,
  SessionFacts,
  SessionStep,
} from './session.types.ts';

function begin(
  device: DeviceSessions,
  source: NewsSource,
  facts: SessionFacts,
): { readonly device: DeviceSessions; readonly session: LiveSession } {
  const { gatewayId, incarnation, term } = source;
  const epoch = device.epoch + 1;
  const session = { facts, epoch, gatewayId, incarnation, term, supersededAt: null, left: null };
  const ended = device.ended.filter(({ sessionId }) => sessionId !== facts.sessionId);
  return { device: { ...device, epoch, ended, live: [...device.live, session] }, session };
}

/**
 * Each gateway learns the log's time from answered sends, whose way takes some milliseconds: two
 * gateways tell the same instant so far apart. What is nearer may have happened in either order,
 * and is a takeover.
 */
const INSTANT_MS = 50;

/**
 * Left before this one was opened: that was no takeover, the device was gone in between. One
 * gateway's order says more than its clock.
 */
function isOver({ left, gatewayId }: LiveSession, source: NewsSource, openedAt: EpochMs): boolean {
  return left !== null && (gatewayId === source.gatewayId || left.at < openedAt - INSTANT_MS);
}

/**
 * Gives a session its place under the next epoch; whoever holds it is taken over, and the
 * device stays online.
 */
export function openSession(
  device: DeviceSessions,
  source: NewsSource,
  facts: SessionFacts,
  time: EpochMs,
): SessionStep {
  const holder = findHolder(device, facts);
  if (holder !== undefined && isOver(holder, source, facts.openedAt))
    return andThen(
      closeLeft(device, (session) => session === holder),
      (now) => openSession(now, source, facts, time),
    );
  if (holder !== undefined) return takeOver(device, source, facts, holder, time);
  const begun = begin(device, source, facts);
  const { session } = begun;
  const said: PresenceFact[] = [{ type: 'SessionOpened', session, time }];
  if (device.live.length === 0) said.push({ type: 'DeviceOnline', session, time });
  return { device: begun.device, facts: said, commands: [] };
}

function takeOver(
  before: DeviceSessions,
  source: NewsSource,
  facts: SessionFacts,
  holder: LiveSession,
  time: EpochMs,
): SessionStep {
  const { device, session } = begin(end(before, holder, 'taken-over'), source, facts);
  const { sessionId } = holder.facts;
  const step: SessionStep = {
    device,
    facts: [
      { type: 'SessionTakenOver', session, previousSessionId: sessionId, time },
      { type: 'SessionClosed', session: holder, reason: 'taken-over', time },
      { type: 'SessionOpened', session, time },
    ],
    commands: [],
  };
  const target = { sessionId, gatewayId: holder.gatewayId };
  const kicked = andThen(step, (now) =>
    // Its own gateway has closed that one already.
    holder.supersededAt === null && holder.left === null
      ? kick(now, target, 'taken-over', time)
      : unchanged(now),
  );
  return andThen(kicked, (now) => recordContest(now, holder, session, time));
}
