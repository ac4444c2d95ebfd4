import { pause, type Clock } from '@tallystick/ports';
import type { AuditLog } from '@tallystick/projections';

/** A bit more than a year: what an auditor asks for at the end of it. */
export const AUDIT_KEPT_MS = 400 * 24 * 3_600_000;

const PAGE = 1_000;
/** Between two pages: others write as well. */
const BETWEEN_MS = 20;

export interface AuditSweepDeps {
  readonly audit: Pick<AuditLog, 'forget'>;
  readonly clock: Clock;
}

/** One round: drops what is too old, page by page, until nothing is. */
export function createAuditSweep({ audit, clock }: AuditSweepDeps): () => Promise<void> {
  return async () => {
    const before = clock.now() - AUDIT_KEPT_MS;
    while ((await audit.forget(before, PAGE)) === PAGE) await pause(BETWEEN_MS);
  };
}
