import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger, loadSettings, openHome } from '@tallystick/services-edge';
import { createInMemoryEventBus } from '@tallystick/test-kit';
import { afterAll, describe, expect, it } from 'vitest';
import { openRegistry } from './open-registry.ts';

describe('opening a registry', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tallystick-open-'));
  const home = openHome(folder);
  afterAll(() => {
    home.release();
    rmSync(folder, { recursive: true });
  });

  const logger = createLogger('spec', 'silent');
  const end = (): void => undefined;

  const open = (given: Record<string, string>) => {
    const settings = loadSettings({ TALLYSTICK_HOME: folder, ...given });
    if (!settings.ok) throw new Error(settings.error.join());
    const context = { settings: settings.value, home, logger, end };
    return openRegistry(context, createInMemoryEventBus());
  };

  it('given a database that is not there, then it says which setting names it, and no password', async () => {
    const opening = open({ DATABASE_URL: 'postgres://user:hidden-word@127.0.0.1:1/none' });
    await expect(opening).rejects.toThrow(/^what DATABASE_URL names cannot be used: /);
    await expect(opening).rejects.not.toThrow('hidden-word');
  });

  it('given a first token that can be guessed, then it is refused by its setting and not shown', async () => {
    const opening = open({ TALLYSTICK_ADMIN_TOKEN: 'short-word' });
    await expect(opening).rejects.toThrow(/^TALLYSTICK_ADMIN_TOKEN is too short: .* 24 characters/);
    await expect(opening).rejects.not.toThrow('short-word');
  });

  it.each([
    ['{"keys":[]}', 'it holds no key'],
    ['{"keys":[{"id":"k1","key":"dG9vIHNob3J0"}]}', 'a key that is not 32 bytes'],
    ['key: none', 'not JSON of the expected form'],
  ])(
    'given a key ring of %s, then it says what is wrong, and nothing of the keys',
    async (content, words) => {
      const file = join(folder, 'ring.json');
      writeFileSync(file, content);
      const settings = loadSettings({ TALLYSTICK_HOME: folder, TALLYSTICK_KEY_RING_FILE: file });
      if (!settings.ok) throw new Error(settings.error.join());
      const context = { settings: settings.value, home, logger, end };
      const opening = openRegistry(context, createInMemoryEventBus());
      await expect(opening).rejects.toThrow(/^TALLYSTICK_KEY_RING_FILE: the file is no key file: /);
      await expect(opening).rejects.toThrow(words);
      await expect(opening).rejects.not.toThrow('dG9vIHNob3J0');
    },
  );
});
