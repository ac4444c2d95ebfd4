import {
  APPENDED_AT_HEADER,
  parseCredentialRecord,
  TOPICS,
  type DeviceCredential,
  type ProductCredential,
} from '@tallystick/contracts';
import { recordBytes, type BusRecord } from '@tallystick/ports';
import { describe, expect, it } from 'vitest';
import { keptOut } from './kept-out.ts';

const of = { tenant: 'default', productKey: 'pk', revision: 4, position: 70, keyEpoch: 2 };
const device: DeviceCredential = {
  ...{ kind: 'device', ...of, deviceKey: 'dn', deviceId: 'dv', generation: 3, incarnation: 2 },
  ...{ active: true, disabled: true, dynamicOpen: false, resetAt: null, open: true },
  secrets: [{ version: 1, sealed: 'x'.repeat(1_000_000), expiresAt: null }],
  units: [],
};
const product: ProductCredential = {
  ...{ kind: 'product', ...of, dialect: 'auto', dynamicActivation: false, maxUnits: 5 },
  ...{ registrationFree: false, silenceSeconds: null, certificateRequired: false },
  secrets: device.secrets,
};
const record = (topic: string, value: object): BusRecord => ({
  ...{ topic, key: 'default/pk/dn', value: JSON.stringify(value) },
  headers: { [APPENDED_AT_HEADER]: '5' },
});
const read = ({ value, ...rest }: BusRecord) =>
  parseCredentialRecord({ ...rest, value: value === null ? null : Buffer.from(value) });

describe('what stands for a credential that the bus will never take', () => {
  it.each(['fast', 'bulk'] as const)('on the %s lane says that the device has no life', (lane) => {
    const topic = lane === 'fast' ? TOPICS.restrictions : TOPICS.credentials;
    const instead = keptOut(lane, record(topic, device));
    const { tenant, productKey, deviceKey, deviceId, generation, revision, position } = device;
    expect(read(instead)).toEqual({
      ...{ kind: 'gone', tenant, productKey, deviceKey, deviceId, generation },
      ...{ revision, position, keyEpoch: 2, incarnation: 2 },
    });
    expect(instead).toMatchObject({ topic, headers: { [APPENDED_AT_HEADER]: '5' } });
    expect(recordBytes(instead)).toBeLessThan(1_000);
  });

  it('of a product says that nobody of it is let in', () => {
    const given = { ...record(TOPICS.restrictions, product), key: 'default/pk' };
    expect(read(keptOut('fast', given))).toMatchObject({ kind: 'gone', deviceKey: null });
  });

  it('is the record itself where it is no credential: that is never left out', () => {
    const tick = record(TOPICS.restrictions, { kind: 'tick', lane: 'fast', upTo: 1, upToTime: 1 });
    expect(keptOut('fast', tick)).toBe(tick);
  });
});
