import { QueryHandler } from '@nestjs/cqrs';
import type { AuditEntryDocument } from '@tallystick/contracts';
import { AUDIT_KEPT_MS } from '../audit/audit-sweep.ts';
import { isInstallationAdmin } from '../http/caller.ts';
import type { Call } from '../http/call.ts';
import type { AuditQuery } from '../http/query.schemas.ts';
import { DEFAULT_LIMIT, type Page, pageOf, Read, ReadHandler } from './read.ts';
import { exact } from './write.ts';

export class ListAudit extends Read<AuditQuery, Page<AuditEntryDocument>> {}

/** Of every tenant only for whoever runs the installation, and names no tenant. */
function tenantOf({ caller, tenant, tenantNamed }: Call): string | null {
  return isInstallationAdmin(caller) && !tenantNamed ? null : tenant;
}

@QueryHandler(ListAudit)
export class ListAuditHandler extends ReadHandler<ListAudit, Page<AuditEntryDocument>> {
  protected async read({ call, input }: ListAudit) {
    const { audit, refusals, clock, views } = this.parts;
    const { subject, actor, from = 0, to, limit = DEFAULT_LIMIT, cursor } = input;
    // What a sweep has not reached yet is not shown either.
    const kept = Math.max(from, clock.now() - AUDIT_KEPT_MS);
    await Promise.all([views.seeOwn(), refusals.flush()]);
    const filter = { tenant: tenantOf(call), ...exact({ subject, actor, to }), from: kept };
    return pageOf(await audit.list(filter, limit, cursor));
  }
}

export const AUDIT_HANDLERS = [ListAuditHandler];
