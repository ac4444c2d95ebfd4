import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const source = fileURLToPath(new URL('create-event-bus.ts', import.meta.url));

/** Which drivers a process of its own has loaded once it has a bus. */
async function driversLoadedFor(brokers: readonly string[]): Promise<string[]> {
  const script = `
    import { createRequire } from 'node:module';
    import { createEventBus } from ${JSON.stringify(source)};
    const bus = await createEventBus({ brokers: ${JSON.stringify(brokers)}, embeddedFile: ':memory:' });
    const loaded = Object.keys(createRequire(import.meta.url).cache).join();
    await bus.close();
    console.log(JSON.stringify(['kafkajs', 'better-sqlite3'].filter((name) => loaded.includes(name))));
  `;
  const args = ['--conditions=@tallystick/source', '--input-type=module', '-e', script];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout) as string[];
}

describe('the choice of a bus', () => {
  it('loads no Kafka client without brokers, and no SQLite with them', async () => {
    expect(await driversLoadedFor([])).toEqual(['better-sqlite3']);
    expect(await driversLoadedFor(['127.0.0.1:1'])).toEqual(['kafkajs']);
  });
});
