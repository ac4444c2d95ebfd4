import { createHash, timingSafeEqual } from 'node:crypto';
import type { SecretVault } from '../secrets/secret-vault.ts';
import type { SourceRow } from './row.types.ts';

/**
 * Tells whether a chunk's rows come again. The rows may hold secrets of six characters, so the hash
 * is kept sealed: whoever reads the table could else try them.
 */
export interface ChunkDigests {
  seal(jobId: string, n: number, rows: readonly SourceRow[]): Uint8Array;
  isOf(jobId: string, n: number, rows: readonly SourceRow[], sealed: Uint8Array): boolean;
}

function digestOf(rows: readonly SourceRow[]): Buffer {
  const hash = createHash('sha256');
  for (const { raw } of rows) hash.update(raw).update('\n');
  return hash.digest();
}

export function createChunkDigests(
  vault: Pick<SecretVault, 'sealBlob' | 'openBlob'>,
): ChunkDigests {
  const name = (jobId: string, n: number): string => `import|${jobId}|${n}`;
  return {
    seal: (jobId, n, rows) => vault.sealBlob(name(jobId, n), digestOf(rows)),
    isOf: (jobId, n, rows, sealed) =>
      timingSafeEqual(vault.openBlob(name(jobId, n), sealed), digestOf(rows)),
  };
}
