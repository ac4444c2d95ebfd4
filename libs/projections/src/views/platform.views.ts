import { toTenantEvent, toTokenEvent } from '@tallystick/contracts';
import {
  evolveTenant,
  evolveToken,
  initialTenant,
  initialToken,
  type TenantState,
  type TokenState,
} from '@tallystick/domain';
import type { Table } from '../stores/sql/statements.ts';
import { ofStreams } from './rows-of-streams.ts';
import type { IdentityView } from './view.types.ts';

const TENANTS: Table = {
  name: 'tenants',
  columns: ['tenant', 'created_at', 'revision', 'state'],
  keyColumns: 1,
  documents: ['state'],
};

export const tenantsView: IdentityView = {
  name: 'tenants',
  version: 1,
  tables: [
    {
      name: 'tenants',
      columns:
        'tenant ?KEY NOT NULL, created_at BIGINT NOT NULL, revision BIGINT NOT NULL, state TEXT NOT NULL',
      key: 'tenant',
      indexes: { tenants_in_order: '(created_at, tenant)' },
    },
  ],
  ...ofStreams<TenantState, NonNullable<ReturnType<typeof toTenantEvent>>>({
    table: TENANTS,
    prefix: 'tenant/',
    keyOf: (name) => (name.kind === 'tenant' ? name.tenant : null),
    toEvent: toTenantEvent,
    evolve: evolveTenant,
    initial: initialTenant,
    toValues: (state) => (state.status === 'absent' ? null : [state.createdAt]),
  }),
};

const TOKENS: Table = {
  name: 'tokens',
  columns: ['token_id', 'tenant', 'created_at', 'revision', 'state'],
  keyColumns: 1,
  documents: ['state'],
};

/** Tokens that are not revoked. Whether one is in force is read from its stream. */
export const tokensView: IdentityView = {
  name: 'tokens',
  version: 1,
  tables: [
    {
      name: 'tokens',
      columns: `token_id ?KEY NOT NULL, tenant ?KEY NOT NULL, created_at BIGINT NOT NULL,
        revision BIGINT NOT NULL, state TEXT NOT NULL`,
      key: 'token_id',
      indexes: { tokens_in_order: '(tenant, created_at, token_id)' },
    },
  ],
  ...ofStreams<TokenState, NonNullable<ReturnType<typeof toTokenEvent>>>({
    table: TOKENS,
    prefix: 'token/',
    keyOf: (name) => (name.kind === 'token' ? name.tokenId : null),
    toEvent: toTokenEvent,
    evolve: evolveToken,
    initial: initialToken,
    toValues: (state) => (state.status === 'live' ? [state.tenant, state.createdAt] : null),
  }),
};
