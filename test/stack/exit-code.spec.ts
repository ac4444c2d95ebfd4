import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

const TYPESCRIPT = ['--conditions=@tallystick/source', '--import', './deploy/ts-hooks.mjs'];

describe('a process that has loaded the packaged PostgreSQL', () => {
  it('given that it failed, then it ends with its own exit code', () => {
    const server = new URL('postgres-server.ts', import.meta.url).href;
    const script = `
      const { loadServer } = await import('${server}');
      await loadServer();
      process.exitCode = 3;`;
    const args = [...TYPESCRIPT, '--input-type=module', '--eval', script];
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 3, stderr: '' });
  });
});
