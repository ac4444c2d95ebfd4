import { OFFLINE_REASONS } from '@tallystick/domain';
import { z } from 'zod';
import { DECISION_REASONS } from '../bus/decisions.types.ts';
import { ofUnit, time } from './fields.schema.ts';

const ofSession = {
  ...ofUnit,
  epoch: z.int().min(0),
  sessionId: z.string(),
  gatewayId: z.string(),
  transport: z.enum(['tcp', 'tls', 'ws', 'dtls', 'udp', 'http']),
  dialect: z.string(),
};

const offlineReason = z.enum(OFFLINE_REASONS);
const closeReason = z.enum([...offlineReason.options, 'taken-over']);

export const presencePublic = {
  DeviceOnline: z.object(ofSession),
  DeviceOffline: z.object({ ...ofSession, reason: offlineReason }),
  SessionOpened: z.object({ ...ofSession, remoteAddress: z.string(), openedAt: time }),
  SessionClosed: z.object({ ...ofSession, reason: closeReason, closedAt: time }),
  SessionTakenOver: z.object({ ...ofSession, previousSessionId: z.string() }),
};

const decision = {
  reason: z.enum(DECISION_REASONS),
  rule: z.string(),
  productKey: z.string().nullable(),
  deviceKey: z.string().nullable(),
  clientIdHash: z.string(),
  gatewayId: z.string(),
  viewPosition: z.int().min(0),
  secretVersion: z.int().nullable(),
  count: z.int().min(1),
  from: time,
  to: time,
};

/** Allowed connects are sampled; refusals, and sessions that the gateway ended, are counted. */
export const decisionsPublic = {
  ConnectAllowed: z.object({ decision: z.literal('allow'), ...decision }),
  ConnectDenied: z.object({ decision: z.literal('deny'), ...decision }),
  SessionEnded: z.object({ decision: z.literal('end'), ...decision }),
};
