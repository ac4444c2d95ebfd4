import type { EpochMs } from '@tallystick/kernel';
import { forget, remember } from './remember-session.ts';
import { andThen, kick, placeOf, unchanged } from './session-step.ts';
import type { OfflineReason, SessionEnd } from './session-end.ts';
import type { DeviceSessions, LiveSession, PresenceFact, SessionStep } from './session.types.ts';

/** Moves a session to the ended ones. */
export function end(
  device: DeviceSessions,
  session: LiveSession,
  reason: SessionEnd,
): DeviceSessions {
  const { sessionId, openedAt } = session.facts;
  const { epoch, gatewayId, incarnation } = session;
  const source = { epoch, gatewayId, incarnation };
  return {
    ...remember(device, { sessionId, ...placeOf(session.facts), ...source, openedAt, reason }),
    live: device.live.filter(({ facts }) => facts.sessionId !== sessionId),
  };
}

/** Ends a live session for good: the device is offline when it was the last one. */
export function closeSession(
  device: DeviceSessions,
  session: LiveSession,
  reason: OfflineReason,
  time: EpochMs,
): SessionStep {
  const after = end(device, session, reason);
  const facts: PresenceFact[] = [{ type: 'SessionClosed', session, reason, time }];
  if (after.live.length === 0) facts.push({ type: 'DeviceOffline', session, reason, time });
  return { device: after, facts, commands: [] };
}

function closeWhere(
  device: DeviceSessions,
  applies: (session: LiveSession) => boolean,
  close: (device: DeviceSessions, session: LiveSession) => SessionStep,
): SessionStep {
  return device.live
    .filter(applies)
    .reduce((step, session) => andThen(step, (now) => close(now, session)), unchanged(device));
}

/** Says of sessions that their device has left them. */
export function closeLeft(
  device: DeviceSessions,
  isDue: (session: LiveSession) => boolean,
): SessionStep {
  return device.live
    .filter(isDue)
    .reduce(
      (step, session) => andThen(step, (now) => closeOneLeft(now, session)),
      unchanged(device),
    );
}

function closeOneLeft(device: DeviceSessions, session: LiveSession): SessionStep {
  const { left } = session;
  return left === null ? unchanged(device) : closeSession(device, session, left.reason, left.at);
}

/**
 * Ends sessions whose gateway, or its term, is gone. No kick is sent: a session that still lives
 * will be announced again. A gateway that gave its lease back has ended its sessions, so those that
 * it could no longer report end with `gateway-closing` too.
 */
export function loseSessions(
  device: DeviceSessions,
  isLost: (session: LiveSession) => boolean,
  time: EpochMs,
  reason: 'gateway-lost' | 'gateway-closing' = 'gateway-lost',
): SessionStep {
  return andThen(closeLeft(device, isLost), (after) =>
    closeWhere(after, isLost, (now, session) => closeSession(now, session, reason, time)),
  );
}

/** A successor that was promised and never opened: its socket died on the way. */
export function closeSuperseded(
  device: DeviceSessions,
  isOverdue: (session: LiveSession) => boolean,
  time: EpochMs,
): SessionStep {
  const isStale = (session: LiveSession) => session.supersededAt !== null && isOverdue(session);
  return closeWhere(device, isStale, (now, session) =>
    closeSession(now, session, 'connection-lost', time),
  );
}

/** A new life of the key ends the sessions of older lives. */
export function beginGeneration(
  device: DeviceSessions,
  generation: number,
  time: EpochMs,
): SessionStep {
  if (generation <= device.generation) return unchanged(device);
  const left = closeLeft(device, () => true);
  const closed = andThen(left, (still) => closeAsDeleted(still, time));
  const forgotten = forget(closed.device, closed.device.ended);
  return { ...closed, device: { ...forgotten, generation, ended: [], contests: [] } };
}

function closeAsDeleted(device: DeviceSessions, time: EpochMs): SessionStep {
  return closeWhere(
    device,
    () => true,
    (now, session) =>
      andThen(closeSession(now, session, 'deleted', time), (after) =>
        kick(
          after,
          { sessionId: session.facts.sessionId, gatewayId: session.gatewayId },
          'deleted',
          time,
        ),
      ),
  );
}
