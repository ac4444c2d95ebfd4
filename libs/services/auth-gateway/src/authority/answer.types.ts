import type { SessionDecision } from '@tallystick/ports';
import type { DeviceIdentity, Refusal } from '../gateway.types.ts';

export type Answer = SessionDecision<DeviceIdentity, Refusal>;
