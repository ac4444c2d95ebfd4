import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';

const watch = JSON.stringify(new URL('parent-watch.ts', import.meta.url).href);
const ASK = `whenParentIsGone(() => console.log('the parent is gone'));`;

/** A process that does what the script says; what it says, once it has ended by itself. */
function start(script: string, channel: 'ipc' | 'ignore') {
  const source = `const { whenParentIsGone } = await import(${watch}); ${script}`;
  const child: ChildProcess = spawn(
    process.execPath,
    ['--input-type=module', '-e', `${source} process.send?.('asked');`],
    { stdio: ['ignore', 'pipe', 'inherit', channel] },
  );
  return { child, said: child.stdout === null ? Promise.resolve('') : text(child.stdout) };
}

describe('a process and its parent', () => {
  it('given the channel to the parent ends, then it is told, once', async () => {
    const { child, said } = start(
      `const work = setInterval(() => undefined, 1_000); ${ASK}
       process.once('disconnect', () => clearInterval(work));`,
      'ipc',
    );
    await once(child, 'message');
    child.disconnect();
    expect(await said).toBe('the parent is gone\n');
  });

  it('given the channel has ended before anybody asked, then it is told all the same', async () => {
    const { child, said } = start(`process.once('disconnect', () => { ${ASK} });`, 'ipc');
    await once(child, 'message');
    child.disconnect();
    expect(await said).toBe('the parent is gone\n');
  });

  it('given the parent lives and nothing else is to be done, then the channel keeps no process alive', async () => {
    const { child, said } = start(ASK, 'ipc');
    await once(child, 'exit');
    expect(await said).toBe('');
  });

  it('given there is no channel, then nothing is watched', async () => {
    const { child, said } = start(ASK, 'ignore');
    await once(child, 'exit');
    expect(await said).toBe('');
  });
});
