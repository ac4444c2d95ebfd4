import { deviceRecordKey } from '@tallystick/contracts';
import type { SealedSecret } from '@tallystick/ports';
import type { Parts } from '../handlers/parts.ts';
import { sealGatewayCopy } from '../secrets/distribution.ts';
import type { Candidate, RowOfChunk } from './candidate.ts';
import type { ChunkPlan, PlannedDevice } from './planned-row.types.ts';

/** The secrets of a chunk: each is sealed once, and written with the first plan that names it. */
export interface ChunkSecrets {
  idOf(candidate: Candidate): string;
  /** What the plan names and is not written yet. */
  toWrite(plan: ChunkPlan): readonly SealedSecret[];
}

interface OneSecret {
  readonly bytes: Uint8Array;
  readonly sealed: SealedSecret;
  written: boolean;
}

type Deps = Pick<Parts, 'vault' | 'ids' | 'sealer'>;

/** The secrets that an earlier plan of the chunk names, which are written, by their rows. */
function writtenBefore(rows: readonly RowOfChunk[], before: ChunkPlan | null) {
  const written = new Map<number, string>();
  for (const [index, { row }] of rows.entries()) {
    const planned = before?.rows[index];
    if (planned !== undefined && planned.state !== 'refused') written.set(row, planned.secretId);
  }
  return written;
}

function createSealing({ vault, ids, sealer }: Deps, tenant: string) {
  return {
    seal({ input, stream }: Candidate): OneSecret {
      const bytes = Buffer.from(input.deviceSecret ?? ids.token(22), 'utf8');
      const [sealed] = vault.seal(stream, [bytes]);
      if (sealed === undefined) throw new Error('the vault sealed nothing');
      return { bytes, sealed, written: false };
    },
    toRow(secret: OneSecret, { productKey, deviceKey, generation }: PlannedDevice): SealedSecret {
      const recordKey = deviceRecordKey(tenant, productKey, deviceKey);
      const sealedFor = { recordKey, generation, version: 1 };
      return { ...secret.sealed, forGateways: sealGatewayCopy(sealer, sealedFor, secret.bytes) };
    },
  };
}

/** `before`: an earlier plan of this chunk. */
export function createChunkSecrets(
  deps: Deps,
  tenant: string,
  rows: readonly RowOfChunk[],
  before: ChunkPlan | null,
): ChunkSecrets {
  const { seal, toRow } = createSealing(deps, tenant);
  const written = writtenBefore(rows, before);
  const made = new Map<number, OneSecret>();
  return {
    idOf(candidate) {
      const known = written.get(candidate.row);
      if (known !== undefined) return known;
      const secret = made.get(candidate.row) ?? seal(candidate);
      made.set(candidate.row, secret);
      return secret.sealed.secretId;
    },
    toWrite: (plan) =>
      rows.flatMap(({ row }, index) => {
        const secret = made.get(row);
        const planned = plan.rows[index];
        if (secret === undefined || secret.written) return [];
        if (planned === undefined || planned.state === 'refused') return [];
        secret.written = true;
        return [toRow(secret, planned)];
      }),
  };
}

/** Of an import that registers nothing. */
export const NO_SECRETS: ChunkSecrets = { idOf: () => '', toWrite: () => [] };
