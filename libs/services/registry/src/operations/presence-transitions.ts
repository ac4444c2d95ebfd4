import type { DeviceDocument, SessionDocument, TimelineEntryDocument } from '@tallystick/contracts';

type Name = Pick<DeviceDocument, 'deviceId' | 'productKey' | 'deviceKey' | 'generation'>;

type Step = { readonly at: string; readonly session: SessionDocument } & (
  { readonly opened: true } | { readonly opened: false; readonly reason: string }
);

function stepsOf(session: SessionDocument): readonly Step[] {
  const { openedAt, closedAt, closeReason } = session;
  const opened = { at: openedAt, session, opened: true } as const;
  if (closedAt === null || closeReason === null) return [opened];
  return [opened, { at: closedAt, session, opened: false, reason: closeReason }];
}

// At one instant the older session's end comes first, unless the newer one took it over.
const inOrder = (a: Step, b: Step): number => {
  if (a.at !== b.at) return a.at < b.at ? -1 : 1;
  return a.session.epoch - b.session.epoch;
};

/** When the device went online (0 → 1 live sessions) and offline (1 → 0), as its sessions tell it. A session that was taken over leaves no gap. */
export function presenceTransitions(
  { deviceId, productKey, deviceKey, generation }: Name,
  sessions: readonly SessionDocument[],
): readonly TimelineEntryDocument[] {
  const entries: TimelineEntryDocument[] = [];
  let live = 0;
  let online = false;
  const tell = (type: 'DeviceOnline' | 'DeviceOffline', step: Step): void => {
    const { sessionId, epoch, clientId, gatewayId, transport, dialect } = step.session;
    const name = { deviceId, productKey, deviceKey, generation };
    const session = { epoch, sessionId, clientId, gatewayId, transport, dialect };
    const data = { ...name, ...session, ...(step.opened ? {} : { reason: step.reason }) };
    const of = { position: null, actor: 'session-tracker', causationId: sessionId };
    entries.push({ ...of, type, time: step.at, data });
    online = type === 'DeviceOnline';
  };
  for (const step of sessions.flatMap(stepsOf).sort(inOrder)) {
    live = Math.max(0, live + (step.opened ? 1 : -1));
    if (step.opened && !online) tell('DeviceOnline', step);
    if (!step.opened && online && live === 0 && step.reason !== 'taken-over')
      tell('DeviceOffline', step);
  }
  return entries;
}
