import type { EpochMs } from '@tallystick/kernel';
import type { PresenceRecord } from './presence-record.ts';

/** What sessions tell of one device key, in the newest life of which they told. */
export interface PresenceState {
  readonly generation: number;
  readonly online: boolean;
  /** Of the last DeviceOnline: whatever is live since then is no older. */
  readonly onlineEpoch: number;
  /** Of the newest session, as are `sessionId` and `clientId`. */
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
 * One more record. A newer life begins anew, an older one says nothing, and an older epoch never
 * overwrites a newer. With several units the last one to go may be older than the newest session:
 * it is measured at the DeviceOnline before it.
 */
export function foldPresence(before: PresenceState | null, record: PresenceRecord): PresenceState {
  const { generation } = record.data;
  if (before !== null && generation < before.generation) return before;
  const life = before?.generation === generation ? before : initialPresence(generation);
  const opens = record.type === 'SessionOpened' || record.type === 'DeviceOnline';
  const state = withPresence(opens ? withSession(life, record) : life, record);
  return { ...state, lastSeenAt: Math.max(state.lastSeenAt, record.time) };
}
