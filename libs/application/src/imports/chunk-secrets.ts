import { deviceRecordKey } from '@tallystick/contracts';
import type { SealedSecret } from '@tallystick/ports';
import type { Parts } from '../handlers/parts.ts';
import { allocateSecret } from '../handlers/secrets-in-use.ts';
import { sealGatewayCopy } from '../secrets/distribution.ts';
import { isCandidate, type Candidate, type RowOfChunk } from './candidate.ts';
import type { ChunkPlan, PlannedDevice } from './planned-row.types.ts';

/** Sealed without a turn of the event loop for others: some milliseconds. */
const AT_ONCE = 100;

/** The secrets of a chunk: each is sealed once, and written with the first plan that names it. */
export interface ChunkSecrets {
  /** What the plan names and is not written yet. */
  toWrite(plan: ChunkPlan): Promise<readonly SealedSecret[]>;
}

type Deps = Pick<Parts, 'vault' | 'ids' | 'sealer'> & { readonly turn: () => Promise<void> };

function createSealing({ vault, ids, sealer }: Deps, tenant: string) {
  return ({ input, stream, secretForm }: Candidate, planned: PlannedDevice): SealedSecret => {
    const bytes = Buffer.from(input.deviceSecret ?? allocateSecret(ids, secretForm), 'utf8');
    const [sealed] = vault.seal(stream, [bytes], [planned.secretId]);
    if (sealed === undefined) throw new Error('the vault sealed nothing');
    const { productKey, deviceKey, generation } = planned;
    const recordKey = deviceRecordKey(tenant, productKey, deviceKey);
    const sealedFor = { recordKey, generation, version: 1 };
    return { ...sealed, forGateways: sealGatewayCopy(sealer, sealedFor, bytes) };
  };
}

/** `before`: an earlier plan of this chunk, whose secrets are written. */
export function createChunkSecrets(
  deps: Deps,
  tenant: string,
  rows: readonly RowOfChunk[],
  before: ChunkPlan | null,
): ChunkSecrets {
  const seal = createSealing(deps, tenant);
  const written = new Set<number>();
  for (const [index, { row }] of rows.entries()) {
    const planned = before?.rows[index];
    if (planned !== undefined && planned.state !== 'refused') written.add(row);
  }
  return {
    async toWrite(plan) {
      const sealed: SealedSecret[] = [];
      for (const [index, { row, read }] of rows.entries()) {
        const planned = plan.rows[index];
        if (planned === undefined || planned.state === 'refused') continue;
        if (written.has(row) || !isCandidate(read)) continue;
        written.add(row);
        sealed.push(seal(read, planned));
        if (sealed.length % AT_ONCE === 0) await deps.turn();
      }
      return sealed;
    },
  };
}

/** Of an import that registers nothing. */
export const NO_SECRETS: ChunkSecrets = { toWrite: () => Promise.resolve([]) };
