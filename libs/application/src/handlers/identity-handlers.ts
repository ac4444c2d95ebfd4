import type { ImportHandlers } from '../imports/import-handlers.types.ts';
import { createImportHandlers } from '../imports/imports.handler.ts';
import type { ImportDeps } from '../imports/imports.types.ts';
import { createDeviceHandlers, type DeviceHandlers } from './devices.handler.ts';
import { createExecution, createRun, type UseCase } from './execution.ts';
import type { Answer, CallContext, HandlerDeps, Limits } from './handlers.types.ts';
import { createIdempotency } from './idempotency.ts';
import { createLoading, type Loading } from './loading.ts';
import { createProductHandlers, type ProductHandlers } from './products.handler.ts';
import { createTenantHandlers, type TenantHandlers } from './tenants.handler.ts';
import { createTokenHandlers, type TokenHandlers } from './tokens.handler.ts';
import { createUnitHandlers, type UnitHandlers } from './units.handler.ts';

const DEFAULT_LIMITS: Limits = {
  pendingMs: 600_000,
  conflictWindowMs: 3_600_000,
  budgetMs: 3_000,
};

function appendingNothing(work: () => Promise<number>): UseCase<null, null> {
  const nothing = { revision: 0, changed: false, state: null, reply: null, body: null };
  return {
    lock: null,
    prepare: async () => ({ kind: 'same', outcome: { ...nothing, position: await work() } }),
    stale: () => undefined,
  };
}

/** Every write of the registry. */
export interface IdentityHandlers {
  readonly products: ProductHandlers;
  readonly devices: DeviceHandlers;
  readonly units: UnitHandlers;
  readonly tenants: TenantHandlers;
  readonly tokens: TokenHandlers;
  /**
   * Work that appends nothing and tells the position it was done at: under an Idempotency-Key it is
   * done once, and its repeat gets the first answer.
   */
  once(work: () => Promise<number>, context: CallContext): Answer<null, null>;
  /** Imports of whole files, with what they are kept in. */
  importing(deps: ImportDeps): ImportHandlers;
  /** Reads of one stream, straight from the store. */
  readonly loading: Pick<Loading, 'device' | 'product' | 'forgetProducts' | 'tenant' | 'token'>;
}

export function createIdentityHandlers(deps: HandlerDeps): IdentityHandlers {
  const limits = { ...DEFAULT_LIMITS, ...deps.limits };
  const execution = createExecution(deps, limits.budgetMs);
  const idempotency = createIdempotency(deps, execution);
  const loading = createLoading(deps.store);
  const run = createRun(execution, idempotency.run);
  const { store, vault, sealer, ids, clock, pause, quota = null } = deps;
  const parts = { store, vault, sealer, ids, clock, pause, loading, limits, quota, run };
  return {
    products: createProductHandlers(parts),
    devices: createDeviceHandlers(parts),
    units: createUnitHandlers(parts),
    tenants: createTenantHandlers(parts),
    tokens: createTokenHandlers(parts),
    once: (work, context) => run(appendingNothing(work), context),
    importing: (imports) =>
      createImportHandlers(parts, { ...imports, idempotency: deps.idempotency }),
    loading,
  };
}
