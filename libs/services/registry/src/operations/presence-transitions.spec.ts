import type { SessionDocument } from '@tallystick/contracts';
import { describe, expect, it } from 'vitest';
import { presenceTransitions } from './presence-transitions.ts';

const name = { deviceId: 'd', productKey: 'p', deviceKey: 'k', generation: 1 };
const time = (second: number): string => new Date(1_700_000_000_000 + second * 1000).toISOString();

const session = (
  epoch: number,
  opened: number,
  closed: number | null,
  closeReason: string | null = null,
): SessionDocument => ({
  sessionId: `s${epoch}`,
  epoch,
  clientId: 'c',
  gatewayId: 'g',
  transport: 'tcp',
  dialect: 'alibaba',
  remoteAddress: '10.0.0.1:1',
  openedAt: time(opened),
  closedAt: closed === null ? null : time(closed),
  closeReason,
});

const told = (...sessions: readonly SessionDocument[]): readonly string[] =>
  presenceTransitions(name, sessions).map(
    ({ type, time: at, data }) =>
      `${type}@${Date.parse(at) / 1000 - 1_700_000_000} ${String(data['reason'] ?? '')}`,
  );

describe('the transitions of presence that sessions tell', () => {
  it('given a session that came and went, then online and offline with its reason', () => {
    expect(told(session(1, 0, 5, 'connection-lost'))).toEqual([
      'DeviceOnline@0 ',
      'DeviceOffline@5 connection-lost',
    ]);
  });

  it('given a takeover, in whatever order its times came, then no offline in between', () => {
    expect(told(session(1, 0, 5, 'taken-over'), session(2, 5, null))).toEqual(['DeviceOnline@0 ']);
    expect(told(session(1, 0, 4, 'taken-over'), session(2, 5, 9, 'client'))).toEqual([
      'DeviceOnline@0 ',
      'DeviceOffline@9 client',
    ]);
  });

  it('given two units at once, then offline when the last has gone', () => {
    expect(told(session(2, 1, 8, 'client'), session(1, 0, 3, 'keep-alive'))).toEqual([
      'DeviceOnline@0 ',
      'DeviceOffline@8 client',
    ]);
  });

  it('given no session, then nothing', () => {
    expect(told()).toEqual([]);
  });
});
