import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const SCRIPT = `const { endWithReader } = await import('./apps/cli/src/reader-gone.ts');
  endWithReader(); setInterval(() => undefined, 1000);`;

describe.runIf(process.platform === 'linux')('a command whose reader goes away', () => {
  it('ends, although it has nothing to write', () => {
    const command = `"$0" --conditions=@tallystick/source --import ./deploy/ts-hooks.mjs --input-type=module -e "$1" | head -0`;
    const { status } = spawnSync('sh', ['-c', command, process.execPath, SCRIPT], {
      ...{ cwd: root, timeout: 15_000, stdio: 'ignore' },
    });
    expect(status).toBe(0);
  });
});
