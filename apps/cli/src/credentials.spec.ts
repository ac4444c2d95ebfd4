import { describe, expect, it } from 'vitest';
import { DIALECTS } from './credentials.ts';

describe('the login of a device with the longest names', () => {
  const names = { productKey: 'p'.repeat(32), deviceKey: 'd'.repeat(128) };

  it.each(Object.entries(DIALECTS))('in %s has a ClientId within its limits', (_, { login }) => {
    const { clientId, username } = login(names, 'secret');
    expect(clientId.indexOf('|')).toBe(64);
    expect(username).toBe(`${names.deviceKey}&${names.productKey}`);
  });
});
