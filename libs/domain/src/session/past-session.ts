import type { EpochMs } from '@tallystick/kernel';
import { remember } from './close-session.ts';
import { unchanged } from './session-step.ts';
import type {
  DeviceSessions,
  LiveSession,
  NewsSource,
  SessionEnd,
  SessionFacts,
  SessionStep,
} from './session.types.ts';

/** Below every epoch that is given: a session under it has no say in what is live. */
const NO_EPOCH = 0;

/**
 * A session that was over before it was heard of: it leaves its opening and its end, in this order, and nothing else. It stands under no epoch
 * of its own, so that it stays older than all that were opened.
 */
export function tellPast(
  device: DeviceSessions,
  source: NewsSource,
  facts: SessionFacts,
  end: { readonly reason: SessionEnd; readonly at: EpochMs },
): SessionStep {
  const { sessionId, unit, openedAt } = facts;
  if (openedAt <= device.forgottenAt) return unchanged(device);
  const { gatewayId, incarnation, term } = source;
  const { reason } = end;
  const session: LiveSession = {
    ...{ facts, epoch: NO_EPOCH, gatewayId, incarnation, term, supersededAt: null, left: null },
  };
  const ended = { sessionId, unit, epoch: NO_EPOCH, gatewayId, openedAt, reason };
  return {
    device: remember(device, ended),
    facts: [
      { type: 'SessionOpened', session, time: openedAt },
      { type: 'SessionClosed', session, reason, time: Math.max(openedAt, end.at) },
    ],
    commands: [],
  };
}
