import type { Scope } from '@tallystick/domain';

export const DEFAULT_TENANT = 'default';
export const ADMIN_ACTOR = 'token:admin';
/** Stands for the first token, which is none of the store's. */
const ADMIN_ID = 'admin';

/** Who calls the operators' API. */
export interface Caller {
  readonly tokenId: string;
  /** As events and the audit name it. */
  readonly actor: string;
  /** The tenant that the token is of; a call may be for another (see Call). */
  readonly tenant: string;
  readonly scopes: ReadonlySet<Scope>;
}

/** The first token: all scopes, in tenant default. */
export const FIRST_CALLER: Caller = {
  tokenId: ADMIN_ID,
  actor: ADMIN_ACTOR,
  tenant: DEFAULT_TENANT,
  scopes: new Set<Scope>(['read', 'write', 'secrets:read', 'admin']),
};

/** Who was let in, and for which tenant. */
export interface Admitted {
  readonly caller: Caller;
  readonly tenant: string;
  /** Whether the header named the tenant. */
  readonly tenantNamed: boolean;
}

/** Admin in tenant default: who may act for every tenant, and for the whole installation. */
export function isInstallationAdmin({ tenant, scopes }: Caller): boolean {
  return tenant === DEFAULT_TENANT && scopes.has('admin');
}
