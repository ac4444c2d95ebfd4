import { createHmac } from 'node:crypto';
import { createFixedClock, createSeededIds } from '@tallystick/test-kit';
import { expect, it } from 'vitest';
import { createProofChecker } from '../composition/proofs.ts';
import { device, epochKeys, product, viewOf } from '../fixtures/credentials.ts';
import { countingHasher, type Row } from '../fixtures/decide.ts';
import { pskDevice, pskOf } from './psk-keys.ts';

const identity = (name = 'dn') => `devicename|hmacsha256|pk&${name}|2524608000000`;
const keyBy = (secret: string): string =>
  createHmac('sha256', secret).update('idpk&dntimestamp2524608000000').digest('hex').toUpperCase();

function keyOf(rows: readonly Row[], said = identity()) {
  const { hasher, count } = countingHasher();
  const proofs = createProofChecker(epochKeys, createSeededIds(2), hasher);
  const key = pskOf(said, { view: viewOf(rows), proofs, clock: createFixedClock() });
  return { key: Buffer.from(key).toString('latin1'), hashes: count() };
}

it('is the proof of the secret, as 64 upper-case hex characters (dialects.md, A6)', () => {
  expect(keyOf([product(), device()]).key).toBe(
    '7360FE36DB1840175D6CFF11118ADAF4ECF07CBE3D7D01FBE53DC0DC84FE27C3',
  );
});

it('given two secrets that are valid, then it is that of the newest', () => {
  const rows = [product(), device({ secretsInClear: ['new-secret', 'old-secret'] })];
  expect(keyOf(rows).key).toBe(keyBy('new-secret'));
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
