import type { ImportJob, ImportJobs } from '@tallystick/ports';
import type { SecretVault } from '../secrets/secret-vault.ts';
import { unpackPlan } from './chunk-plan.codec.ts';
import type { PlannedDevice, PlannedRow } from './planned-row.types.ts';

export interface JobSecret {
  readonly deviceKey: string;
  readonly deviceId: string;
  readonly deviceSecret: string;
}

/** The secrets of one chunk; `through`: with those given out, the next chunk is this one. */
export interface SecretsOfChunk {
  readonly through: number;
  readonly secrets: readonly JobSecret[];
}

const isGivenOut = (row: PlannedRow): row is PlannedDevice =>
  (row.state === 'accepted' || row.state === 'kept') && row.allocatedSecret;

async function openOf(
  vault: Pick<SecretVault, 'open'>,
  rows: readonly PlannedRow[],
): Promise<readonly JobSecret[]> {
  const devices = rows.filter(isGivenOut);
  const opened = await vault.open(devices.map(({ secretId }) => secretId));
  return devices.flatMap(({ deviceKey, deviceId, secretId }) => {
    const bytes = opened.get(secretId);
    // Erased with its device.
    if (bytes === undefined) return [];
    return [{ deviceKey, deviceId, deviceSecret: Buffer.from(bytes).toString('utf8') }];
  });
}

/** What was allocated and not given out yet, chunk after chunk, as far as the job is settled. */
export async function* secretsOfJob(
  { jobs, vault }: { jobs: Pick<ImportJobs, 'chunks'>; vault: Pick<SecretVault, 'open'> },
  { jobId, dryRun, secretsThrough }: ImportJob,
): AsyncGenerator<SecretsOfChunk> {
  for (let fromN = secretsThrough; ; fromN += 1) {
    const [chunk] = await jobs.chunks(jobId, { fromN, limit: 1 });
    if (chunk === undefined || !chunk.settled) return;
    const { rows } = unpackPlan(chunk.packed);
    yield { through: chunk.n + 1, secrets: dryRun ? [] : await openOf(vault, rows) };
  }
}
