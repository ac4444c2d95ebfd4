import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { AppProcess } from '../../e2e/harness/app-process.ts';
import type { Platform } from '../../e2e/harness/platform.ts';

export interface Restarts {
  /** Seconds from the start of the process to its readiness. */
  readonly warm: readonly number[];
  /** With the view thrown away. */
  readonly cold: readonly number[];
}

async function secondsToReady(gateway: AppProcess): Promise<number> {
  const start = performance.now();
  await gateway.restart();
  return (performance.now() - start) / 1000;
}

function throwViewAway(home: string): void {
  for (const file of readdirSync(home))
    if (file.startsWith('gateway-view.mdb')) rmSync(join(home, file));
}

export async function measureRestarts(
  platform: Platform,
  rounds: number,
  say: (what: string) => void,
): Promise<Restarts> {
  const [gateway] = platform.gateways;
  if (gateway === undefined) throw new Error('no gateway was started');
  const warm: number[] = [];
  const cold: number[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    say(`restart ${round} of ${rounds}`);
    await gateway.stop();
    warm.push(await secondsToReady(gateway));
    await gateway.stop();
    throwViewAway(gateway.home);
    cold.push(await secondsToReady(gateway));
  }
  return { warm, cold };
}
