import type { ViewTable } from '../views/view.types.ts';

/** Columns that the view and the table beside it share. The first two are the order of the list. */
export const AUDIT_COLUMNS: readonly string[] = [
  ...['time', 'id', 'tenant', 'actor', 'action', 'subject'],
  ...['remote_address', 'request_id', 'detail'],
];

/**
 * With an index for each filter, in the order of the list. Subjects are unique over the tenants,
 * actors are not: a tenant must not wait for the rows of another tenant's actor of the same name.
 */
export function auditTable(name: string, more = ''): ViewTable {
  return {
    name,
    columns: `time BIGINT NOT NULL, id ?KEY NOT NULL, tenant ?KEY NOT NULL, actor ?KEY NOT NULL, action TEXT NOT NULL,
      subject ?KEY, remote_address TEXT, request_id TEXT, detail TEXT${more}`,
    key: 'time, id',
    indexes: {
      [`${name}_of_tenant`]: '(tenant, time, id)',
      [`${name}_of_subject`]: '(subject, time, id)',
      [`${name}_of_actor`]: '(actor, time, id)',
      [`${name}_of_actor_of_tenant`]: '(tenant, actor, time, id)',
    },
  };
}
