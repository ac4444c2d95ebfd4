import { expect, it } from 'vitest';
import { toBootstrapDown } from './bootstrap.codec.ts';

const text = (payload: Uint8Array): string => new TextDecoder().decode(payload);

it('given a new secret, bootstrap/down says where to go and with what', () => {
  const down = toBootstrapDown('id', { address: 'host:8883', deviceSecret: 's' });
  expect(down.topic).toBe('$oc/devices/id/sys/bootstrap/down');
  expect(text(down.payload)).toBe('{"address":"host:8883","deviceSecret":"s"}');
});

it('given a device that has its secret, the address alone', () => {
  const down = toBootstrapDown('id', { address: 'host:8883', deviceSecret: null });
  expect(text(down.payload)).toBe('{"address":"host:8883"}');
});
