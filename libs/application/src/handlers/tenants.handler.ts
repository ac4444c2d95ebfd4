import {
  decideTenant,
  evolveTenant,
  firstInvalid,
  parseTenant,
  type CreateTenant,
  type LiveTenant,
  type TenantState,
} from '@tallystick/domain';
import { err } from '@tallystick/kernel';
import type { Answer, CallContext, Outcome } from './handlers.types.ts';
import type { Parts } from './parts.ts';
import { streamUseCase } from './stream-use-case.ts';

/** The tenant that an outcome of its creation tells of. */
export function createdTenant({ state }: Outcome<TenantState, null>): LiveTenant {
  if (state.status === 'live') return state;
  throw new Error('a tenant was created and is not there');
}

export function createTenantHandlers(parts: Parts) {
  const { clock, loading } = parts;
  return {
    /** Its events belong to the new tenant, whoever asks for it. */
    async create(input: CreateTenant, context: CallContext): Answer<TenantState, null> {
      const { tenant } = input;
      const problem = firstInvalid([['tenant', parseTenant, tenant]]);
      if (problem !== null) return err(problem);
      const on = {
        load: () => loading.tenantStream(tenant),
        decide: (state: TenantState) => decideTenant(input, state, clock.now()),
        evolve: evolveTenant,
        reply: null,
      };
      return parts.run(streamUseCase(parts, { ...context, tenant }, on), context);
    },
  };
}

export type TenantHandlers = ReturnType<typeof createTenantHandlers>;
