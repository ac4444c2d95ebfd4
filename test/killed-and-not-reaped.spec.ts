import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runToEnd } from './stack/processes.ts';
import { startUnreaped } from './stack/unreaped-process.ts';

const SOURCES = ['--conditions=@tallystick/source', '--import', './deploy/ts-hooks.mjs'];
const words = (script: string): readonly string[] => [
  ...SOURCES,
  '--input-type=module',
  '-e',
  script,
];
const GO_ON = `setInterval(() => undefined, 1000); console.log('held');`;

/** Each lock of the platform: a script that takes it, and throws where another process holds it. */
const LOCKS = {
  'HOME of an app': (folder: string) =>
    `const { openHome } = await import('@tallystick/services-edge');
     openHome(${JSON.stringify(folder)});`,
  'store on SQLite': (folder: string) =>
    `const { createEventStore } = await import('@tallystick/event-store');
     await createEventStore({ databaseUrl: null, file: ${JSON.stringify(join(folder, 'store'))} });`,
  'embedded log': (folder: string) =>
    `const { createEventBus } = await import('@tallystick/event-bus');
     await createEventBus({ brokers: [], embeddedFile: ${JSON.stringify(join(folder, 'log'))} });`,
  install: (folder: string) =>
    `const { takeInstallLock } = await import(process.cwd() + '/deploy/install-lock.mjs');
     if ((await takeInstallLock(${JSON.stringify(folder)})) === null) throw new Error('is held');`,
};

describe.runIf(process.platform === 'linux')('what a process holds alone', () => {
  let folder = '';
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'tallystick-killed-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it.each(Object.entries(LOCKS))(
    'is refused to a second one, and free once the first is killed, although nobody takes note of its end: %s',
    async (_, take) => {
      const holder = await startUnreaped(words(`${take(folder)} ${GO_ON}`));
      const second = (): ReturnType<typeof runToEnd> =>
        runToEnd(process.execPath, words(`${take(folder)} process.exit(0);`), 20_000);
      try {
        expect(second().status).not.toBe(0);
        await holder.killAndLeave();
        expect(second()).toMatchObject({ status: 0 });
      } finally {
        holder.end();
      }
    },
  );
});
