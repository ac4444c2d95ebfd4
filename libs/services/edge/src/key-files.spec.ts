import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { err, ok, type Result } from '@tallystick/kernel';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openHome } from './home.ts';
import type { Home } from './home.types.ts';
import { readGatewayKeys } from './key-files.ts';
import { loadSettings } from './settings.ts';

/** A parser that takes what the registry makes, and nothing else. */
const parse = (json: string): Result<string, { readonly message: string }> =>
  json.startsWith('{"epochs":') ? ok(json) : err({ message: 'not an object with "epochs"' });

describe('the gateway ring in HOME', () => {
  let [root, home]: [string, Home | null] = ['', null];

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'tallystick-keys-'));
    home = openHome(root);
  });

  afterEach(() => {
    home?.release();
    rmSync(root, { recursive: true, force: true });
  });

  function given(): Parameters<typeof readGatewayKeys>[0] {
    const loaded = loadSettings({});
    if (!loaded.ok || home === null) throw new Error('no settings');
    return { home, settings: loaded.value };
  }

  it('is made once by the registry, and then read by a gateway', () => {
    const context = given();
    expect(() => readGatewayKeys(context, parse, 'fail')).toThrow(/copy it from the registry/);
    const made = readGatewayKeys(context, parse, 'make');
    expect(readGatewayKeys(context, parse, 'make')).toBe(made);
    expect(readGatewayKeys(context, parse, 'fail')).toBe(made);
  });

  it('is named with its setting where it is no key file', () => {
    const context = given();
    writeFileSync(context.home.file('gateway-keys.json'), 'no keys\n');
    expect(() => readGatewayKeys(context, parse, 'fail')).toThrow(
      'TALLYSTICK_GATEWAY_KEYS_FILE: the file is no key file: not an object with "epochs"',
    );
  });
});
