import type { EpochMs } from '@tallystick/kernel';
import type { PresenceRecord } from './presence-record.ts';

/** The presence of one device key, in the newest life that its sessions named. */
export interface PresenceState {
  readonly generation: number;
  readonly online: boolean;
  /** The epoch of the last DeviceOnline: no session that is live since then is older. */
  readonly onlineEpoch: number;
  /** The epoch of the newest session; `sessionId` and `clientId` are of the same session. */
  readonly epoch: number;
  readonly sessionId: string | null;
  readonly clientId: string | null;
  readonly lastSeenAt: EpochMs;
}

export function initialPresence(generation: number): PresenceState {
  return {
    generation,
    online: false,
    onlineEpoch: 0,
    epoch: 0,
    sessionId: null,
    clientId: null,
    lastSeenAt: 0,
  };
}

function withSession(state: PresenceState, { data }: PresenceRecord): PresenceState {
  if (data.epoch < state.epoch) return state;
  return { ...state, epoch: data.epoch, sessionId: data.sessionId, clientId: data.clientId };
}

function withPresence(state: PresenceState, { type, data }: PresenceRecord): PresenceState {
  if (type === 'DeviceOnline' && data.epoch > state.onlineEpoch)
    return { ...state, online: true, onlineEpoch: data.epoch };
  if (type === 'DeviceOffline' && data.epoch >= state.onlineEpoch)
    return { ...state, online: false };
  return state;
}

/**
 * Folds one more record. A newer life starts from nothing, an older life is ignored, and an older
 * epoch never overwrites a newer one. With several units, the last session to end may be older than
 * the newest one, so it is compared with the last DeviceOnline.
 */
export function foldPresence(before: PresenceState | null, record: PresenceRecord): PresenceState {
  const { generation } = record.data;
  if (before !== null && generation < before.generation) return before;
  const life = before?.generation === generation ? before : initialPresence(generation);
  const opens = record.type === 'SessionOpened' || record.type === 'DeviceOnline';
  const state = withPresence(opens ? withSession(life, record) : life, record);
  return { ...state, lastSeenAt: Math.max(state.lastSeenAt, record.time) };
}
