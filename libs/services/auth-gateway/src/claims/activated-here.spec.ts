import { beforeEach, expect, it } from 'vitest';
import type { DeviceCredential } from '@tallystick/contracts';
import { device, viewOf } from '../fixtures/credentials.ts';
import type { DeviceIdentity } from '../gateway.types.ts';
import { ActivatedHere } from './activated-here.ts';

const inactive = device({ active: false });
let activated: ActivatedHere;
beforeEach(() => (activated = new ActivatedHere(viewOf([inactive]))));

function login(activates: DeviceIdentity['activates']): void {
  const { tenant, productKey, deviceKey, deviceId, generation } = inactive;
  activated.opened({
    ...{ tenant, productKey, deviceKey, deviceId, generation, activates },
    ...{ unit: null, clientId: 'c', dialect: 'enos', secretVersion: 1, secretUntil: null },
    viewVersion: 1,
  });
}

const change = (after: DeviceCredential): void =>
  activated.changed([{ key: 'k', before: inactive, after, appendedAt: null }]);

it.each(['static', 'dynamic'] as const)(
  'given a first login (%s), then it is active here',
  (by) => {
    expect(activated.has(inactive)).toBe(false);
    login(by);
    expect(activated.has(inactive)).toBe(true);
  },
);

it.each(['registration-free', null] as const)('given another login (%s), then it is not', (by) => {
  login(by);
  expect(activated.has(inactive)).toBe(false);
});

it('given another life, or a reset since, then it is not', () => {
  login('static');
  expect(activated.has(device({ active: false, generation: 2 }))).toBe(false);
  expect(activated.has(device({ active: false, resetAt: 5 }))).toBe(false);
});

it('given that its secret holds no more, then it is not, and is not kept', () => {
  login('static');
  const replaced = device({
    ...{ active: false, revision: 2 },
    secrets: [{ version: 2, sealed: 'AAAA', expiresAt: null }],
  });
  expect(activated.has(replaced)).toBe(false);
  change(replaced);
  expect(activated.has(inactive)).toBe(false);
});

it('given that the view tells of something else, then it still is; of the activation: not kept', () => {
  login('static');
  change(device({ active: false, revision: 2 }));
  expect(activated.has(inactive)).toBe(true);
  change(device({ revision: 3 }));
  expect(activated.has(inactive)).toBe(false);
});
