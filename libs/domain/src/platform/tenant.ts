import { err, ok, type EpochMs, type Result } from '@tallystick/kernel';
import type { DeviceKeyScope, TenantEvent, TenantState } from './platform.types.ts';

export const initialTenant: TenantState = { status: 'absent' };

export interface CreateTenant {
  readonly tenant: string;
  readonly name: string;
  readonly deviceKeyScope: DeviceKeyScope;
}

export function decideTenant(
  { tenant, name, deviceKeyScope }: CreateTenant,
  state: TenantState,
  now: EpochMs,
): Result<readonly TenantEvent[], { readonly code: 'tenant-taken' }> {
  if (state.status === 'live') return err({ code: 'tenant-taken' });
  return ok([{ type: 'TenantCreated', time: now, data: { tenant, name, deviceKeyScope } }]);
}

export function evolveTenant(_: TenantState, { time, data }: TenantEvent): TenantState {
  return { status: 'live', ...data, createdAt: time };
}
