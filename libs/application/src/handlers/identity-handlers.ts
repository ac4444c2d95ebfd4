import { createDeviceHandlers, type DeviceHandlers } from './devices.handler.ts';
import { createExecution, refuseWhenAway, type Run } from './execution.ts';
import type { HandlerDeps, Limits } from './handlers.types.ts';
import { createIdempotency } from './idempotency.ts';
import { createLoading, type Loading } from './loading.ts';
import { createProductHandlers, type ProductHandlers } from './products.handler.ts';
import { createUnitHandlers, type UnitHandlers } from './units.handler.ts';

const DEFAULT_LIMITS: Limits = {
  pendingMs: 600_000,
  conflictWindowMs: 3_600_000,
  budgetMs: 3_000,
};

/** Every write of the registry. */
export interface IdentityHandlers {
  readonly products: ProductHandlers;
  readonly devices: DeviceHandlers;
  readonly units: UnitHandlers;
  /** Reads of one stream, straight from the store. */
  readonly loading: Pick<Loading, 'device' | 'product'>;
}

export function createIdentityHandlers(deps: HandlerDeps): IdentityHandlers {
  const limits = { ...DEFAULT_LIMITS, ...deps.limits };
  const execution = createExecution(deps, limits.budgetMs);
  const idempotency = createIdempotency(deps, execution);
  const loading = createLoading(deps.store);
  const run: Run = (useCase, { idempotency: call }) => {
    const deadline = execution.deadline();
    return refuseWhenAway(() =>
      call === undefined
        ? execution.direct(useCase, deadline)
        : idempotency.run(useCase, call, deadline),
    );
  };
  const { store, vault, ids, clock } = deps;
  const parts = { store, vault, ids, clock, loading, limits, run };
  return {
    products: createProductHandlers(parts),
    devices: createDeviceHandlers(parts),
    units: createUnitHandlers(parts),
    loading,
  };
}
