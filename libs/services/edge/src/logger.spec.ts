import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createLogger } from './logger.ts';

const WRITER = `
const { createLogger } = await import(process.argv[1]);
const logger = createLogger('spec');
logger.error('before');
setTimeout(() => {
  logger.error('after');
  console.log('lives');
  if (process.argv[2] === 'exit') process.exit(0);
}, 50);
`;

/** A process that logs to a device that is always full, as a file on a full disk is. */
function onFullDisk(end: string): Promise<{ stdout: string; code: number | null }> {
  const full = openSync('/dev/full', 'w');
  const module = new URL('./logger.ts', import.meta.url).href;
  const node = ['--conditions=@tallystick/source', '--input-type=module', '-e', WRITER];
  const child = spawn(process.execPath, [...node, module, end], {
    ...{ stdio: ['ignore', 'pipe', full], timeout: 10_000, killSignal: 'SIGKILL' },
  });
  closeSync(full);
  let stdout = '';
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ stdout, code }));
  });
}

describe('the log', () => {
  it.each(['exit', 'nothing to do'])(
    'given stderr is a file on a full disk, then the process goes on, and ends by %s',
    async (end) => {
      expect(await onFullDisk(end)).toEqual({ stdout: 'lives\n', code: 0 });
    },
    15_000,
  );

  it('given a level that there is, then that; given another, then warn: nothing ends for its sake', () => {
    expect(createLogger('spec', 'error').level).toBe('error');
    expect(createLogger('spec', 'verbose').level).toBe('warn');
  });
});
