import { describe, expect, it } from 'vitest';
import { readIotIdConnect, toIotId } from './iot-id.codec.ts';

const said = {
  ...{ deviceName: 'dn', productKey: 'pk', signmethod: 'hmacsha256' },
  timestamp: '2524608000000',
};
const connect = (clientId: string, username: string | null = 'dn&pk&22524608000000') =>
  readIotIdConnect({
    ...{ speaks: null, clientId, username },
    password: new TextEncoder().encode('ABCD'),
  });

describe('an iotId', () => {
  it('names device, product, method and timestamp', () => {
    expect(toIotId(said)).toBe('dn&pk&22524608000000');
    expect(toIotId({ ...said, signmethod: null, timestamp: null })).toBe('dn&pk&5');
    expect(toIotId({ ...said, signmethod: 'HmacSHA1' })).toBe('dn&pk&12524608000000');
  });

  it.each([
    ['an unknown method', { signmethod: 'hmacsha512' }],
    ['a method that every object has', { signmethod: 'constructor' }],
    ['a timestamp that is no number', { timestamp: '1a' }],
    ['no device', { deviceName: null }],
    ['a device of two parts', { deviceName: 'a&b' }],
  ])('of %s cannot be written', (_, over) => {
    expect(toIotId({ ...said, ...over })).toBeNull();
  });

  it.each([
    ['the ClientId of pre-auth', 'pk.dn'],
    ['iotkit 2 over TLS', 'pk.dn|securemode=-1,timestamp=2524608000000,signmethod=hmacsha1,gw=0|'],
    ['iotkit 1 over TCP', 'pk.dn|securemode=0|'],
  ])('with %s is read as the login that pre-auth was', (_, clientId) => {
    expect(connect(clientId)).toMatchObject({
      ...{ kind: 'claims', productKey: 'pk', deviceKey: 'dn', clientId: 'pk.dn' },
      claims: [
        {
          ...{ kind: 'signed', dialect: 'alibaba', presented: 'abcd' },
          candidates: [
            {
              algorithm: 'sha256',
              content: 'clientIdpk.dndeviceNamednproductKeypktimestamp2524608000000',
            },
            { content: 'deviceNamednproductKeypktimestamp2524608000000' },
          ],
        },
      ],
    });
  });

  it('without a password, or with a ClientId beyond the limits, is malformed', () => {
    const wire = { speaks: null, clientId: 'c', username: 'dn&pk&5', password: null };
    expect(readIotIdConnect(wire)).toMatchObject({ kind: 'malformed', productKey: 'pk' });
    expect(connect('c'.repeat(65))).toMatchObject({ kind: 'malformed', clientId: null });
  });

  it.each(['dn&pk', 'dn&pk&', 'dn&pk&3', 'dn&pk&21x', 'd&n&pk&2', null])(
    'is not what %s is',
    (username) => {
      expect(connect('c', username)).toBeNull();
    },
  );
});
