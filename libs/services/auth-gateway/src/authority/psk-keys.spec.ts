import { createHmac } from 'node:crypto';
import { createFixedClock, createSeededIds } from '@tallystick/test-kit';
import { expect, it } from 'vitest';
import { createProofChecker } from '../composition/proofs.ts';
import { device, epochKeys, product, viewOf } from '../fixtures/credentials.ts';
import { countingHasher, type Row } from '../fixtures/decide.ts';
import { PskKeys, pskDevice } from './psk-keys.ts';

const identity = (name = 'dn') => `devicename|hmacsha256|pk&${name}|2524608000000`;
const keyBy = (secret: string): string =>
  createHmac('sha256', secret).update('idpk&dntimestamp2524608000000').digest('hex').toUpperCase();

function keysOf(rows: readonly Row[]) {
  const { hasher, count } = countingHasher();
  const proofs = createProofChecker(epochKeys, createSeededIds(2), hasher);
  const keys = new PskKeys(viewOf(rows), proofs, createFixedClock());
  const keyOf = (said: string): string => Buffer.from(keys.keyOf(said)).toString('latin1');
  return { keyOf, count, proven: () => keys.proven(identity()) };
}

function keyOf(rows: readonly Row[], said = identity()) {
  const keys = keysOf(rows);
  return { key: keys.keyOf(said), hashes: keys.count() };
}

it('is the proof of the secret, as 64 upper-case hex characters (dialects.md, A6)', () => {
  expect(keyOf([product(), device()]).key).toBe(
    '7360FE36DB1840175D6CFF11118ADAF4ECF07CBE3D7D01FBE53DC0DC84FE27C3',
  );
});

it('given two secrets that are valid, then the newest comes first, and they take turns until one logs in', () => {
  const rows = [product(), device({ secretsInClear: ['new-secret', 'old-secret'] })];
  const { keyOf: next, proven } = keysOf(rows);
  const [newest, old] = [keyBy('new-secret'), keyBy('old-secret')];
  expect([1, 2, 3, 4].map(() => next(identity()))).toEqual([newest, old, newest, old]);
  proven();
  expect(next(identity())).toBe(old);
});

it.each([
  ['names an unknown device', [product(), device()], identity('nobody')],
  ['names a device without a secret', [product(), device({ secrets: [] })], identity()],
  [
    'names one of a product of another dialect',
    [product({ dialect: 'enos' }), device()],
    identity(),
  ],
  ['is no such identity', [product(), device()], 'node01'],
] as const)(
  'given an identity that %s, then it is another one each time, for the same work',
  (...given) => {
    const [, rows, said] = given;
    const { key, hashes } = keyOf(rows, said);
    expect(key).toMatch(/^[0-9A-F]{64}$/);
    expect(keyOf(rows, said).key).not.toBe(key);
    expect(hashes).toBe(keyOf([product(), device()]).hashes);
  },
);

it('names the device that a handshake has proven', () => {
  expect(pskDevice(null)).toBe(null);
  expect(pskDevice(identity())).toMatchObject({ productKey: 'pk', deviceKey: 'dn' });
  expect(pskDevice('node01')).toMatchObject({ productKey: '', deviceKey: '' });
});
