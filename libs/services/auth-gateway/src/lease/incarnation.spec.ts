import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openHome, type Home } from '@tallystick/services-edge';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readPredecessor, writeIncarnation } from './incarnation.ts';

let folder = '';
let home: Home;
let warned: unknown[] = [];
const logger = { warn: (fields: unknown) => void warned.push(fields) };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'incarnation-'));
  home = openHome(folder);
  warned = [];
});
afterEach(() => {
  home.release();
  rmSync(folder, { recursive: true });
});

describe('the last incarnation of a HOME', () => {
  it('is what was written for that id, and none before; nothing is said of either', () => {
    expect(readPredecessor(home, 'gw-a', logger)).toBeNull();
    writeIncarnation(home, 'gw-a', 'i1');
    expect(readPredecessor(home, 'gw-a', logger)).toBe('i1');
    expect(readPredecessor(home, 'gw-b', logger)).toBeNull();
    expect(warned).toEqual([]);
  });

  it.each(['', '{"gatewayId":"gw-a","incarn', 'null', '{"gatewayId":"gw-a"}'])(
    'given a file of %j, then none is known, the log says so, and the next is written over it',
    (text) => {
      writeFileSync(home.file('gateway-incarnation.json'), text);
      expect(readPredecessor(home, 'gw-a', logger)).toBeNull();
      expect(warned).toHaveLength(1);
      writeIncarnation(home, 'gw-a', 'i2');
      expect(readPredecessor(home, 'gw-a', logger)).toBe('i2');
    },
  );
});
