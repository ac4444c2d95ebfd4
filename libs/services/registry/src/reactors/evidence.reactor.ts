import { parseBusCommand, type BusCommand } from '@tallystick/contracts';
import type { BusBatch } from '@tallystick/ports';

export type Evidence = Extract<BusCommand, { readonly kind: 'conflict-evidence' }>;

/** Turns the tracker's evidence of a cloned identity into commands. */
export function createEvidenceReactor(
  report: (evidence: Evidence) => Promise<void>,
): (batch: BusBatch) => Promise<void> {
  return async (batch) => {
    for (const record of batch.records) {
      const command = parseBusCommand(record.value);
      if (command?.kind === 'conflict-evidence') await report(command);
    }
  };
}
