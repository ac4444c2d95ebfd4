import type { EpochMs } from '@tallystick/kernel';
import type { Clock } from '@tallystick/ports';
import type { AuditEntry, AuditLog } from '@tallystick/projections';
import type { Call } from '../http/call.ts';

/**
 * What a call did that appends no event. `detail` names no secret, and nothing that the caller
 * wrote.
 */
export function toAuditEntry(
  { actor, action, tenant, remoteAddress, correlationId }: Call,
  time: EpochMs,
  subject: string | null,
  detail: string | null = null,
): AuditEntry {
  const who = { tenant, actor, action, remoteAddress, requestId: correlationId };
  return { time, ...who, subject, detail };
}

/**
 * Does what appends no event. Its row is written first, so that nothing is done without one,
 * whatever dies; when it fails, a second row says so.
 */
export async function audited<T>(
  { audit, clock }: { readonly audit: Pick<AuditLog, 'record'>; readonly clock: Clock },
  entry: AuditEntry,
  work: () => Promise<T>,
): Promise<T> {
  await audit.record([entry]);
  try {
    return await work();
  } catch (error) {
    const failed = { ...entry, time: clock.now(), detail: 'it failed' };
    // What matters to the caller is why it failed.
    await audit.record([failed]).catch(() => undefined);
    throw error;
  }
}
