import type { IdentityHandlers } from '@tallystick/application';
import { isPortError } from '@tallystick/kernel';
import type { EventStore, Ids } from '@tallystick/ports';
import type { Logger, Settings } from '@tallystick/services-edge';
import { SYSTEM_ACTOR } from '../reactors/reactions.ts';
import { DEFAULT_TENANT } from '../http/caller.ts';

export interface DefaultTenantDeps {
  readonly store: Pick<EventStore, 'head'>;
  readonly handlers: Pick<IdentityHandlers, 'tenants' | 'loading'>;
  readonly settings: Pick<Settings, 'deviceKeyScope'>;
  readonly ids: Ids;
  readonly logger: Logger;
}

/**
 * The scope of a store that has no tenants yet. Devices of an earlier release have no reservation
 * in the tenant, so there the setting comes too late.
 */
async function scopeOf({ store, settings, logger }: DefaultTenantDeps) {
  const asked = settings.deviceKeyScope;
  if (asked === 'product' || (await store.head()) === 0) return asked;
  logger.warn(
    'TALLYSTICK_DEVICE_KEY_SCOPE comes too late: the store is in use, tenant default keeps scope product',
  );
  return 'product';
}

/** Makes tenant default at the first start. */
async function makeDefaultTenant(deps: DefaultTenantDeps): Promise<void> {
  const { handlers, settings, ids, logger } = deps;
  const found = await handlers.loading.tenant(DEFAULT_TENANT);
  if (found !== null) {
    if (found.deviceKeyScope !== settings.deviceKeyScope && settings.deviceKeyScope === 'tenant')
      logger.warn('TALLYSTICK_DEVICE_KEY_SCOPE has no effect: tenant default has scope product');
    return;
  }
  const deviceKeyScope = await scopeOf(deps);
  const tenant = { tenant: DEFAULT_TENANT, name: 'Default', deviceKeyScope };
  const context = {
    tenant: DEFAULT_TENANT,
    actor: SYSTEM_ACTOR,
    origin: { action: 'createTenant', address: null },
    correlationId: ids.uuid(),
  };
  const made = await handlers.tenants.create(tenant, context);
  // Another registry that starts at the same time may be faster.
  if (!made.ok && made.error.code !== 'tenant-taken')
    logger.warn(
      { code: made.error.code },
      'tenant default could not be made: the next start tries',
    );
}

/** A store that is away or has lost its tail holds up no start: it had its tenant before. */
export async function ensureDefaultTenant(deps: DefaultTenantDeps): Promise<void> {
  try {
    await makeDefaultTenant(deps);
  } catch (error) {
    if (!isPortError(error)) throw error;
    deps.logger.warn({ err: error }, 'tenant default could not be made: the next start tries');
  }
}
