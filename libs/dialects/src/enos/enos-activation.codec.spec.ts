import { describe, expect, it } from 'vitest';
import { isEnosActivated, toEnosActivation } from './enos-activation.codec.ts';

const name = { productKey: 'pk', deviceKey: 'dk' };
const TOPIC = '/ext/session/pk/dk/thing/activate/info_reply';
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

it('the push is what the C, Node and Python SDKs read', () => {
  const push = toEnosActivation({ ...name, deviceId: 'asset', deviceSecret: 's' });
  expect(push.topic).toBe('/ext/session/pk/dk/thing/activate/info');
  expect(new TextDecoder().decode(push.payload)).toBe(
    '{"id":"1","version":"1.0","method":"thing.activate.info",' +
      '"params":{"assetId":"asset","productKey":"pk","deviceKey":"dk","deviceSecret":"s"}}',
  );
});

describe('an answer to the push', () => {
  it.each([
    ['of the Node SDK', '{"id":"1","code":200,"data":{}}'],
    ['of the Python SDK', '{"id":"1","code":200,"data":null,"message":"device activate success"}'],
  ])('%s says that the device has its secret', (_, text) => {
    expect(isEnosActivated(name, TOPIC, bytes(text))).toBe(true);
  });

  it.each(['{"id":"1","code":500}', '{"id":"1"}', '[200]', '200', 'null', '', '{"code":200'])(
    '%j does not',
    (text) => {
      expect(isEnosActivated(name, TOPIC, bytes(text))).toBe(false);
    },
  );

  it('on another topic does not', () => {
    expect(isEnosActivated(name, TOPIC.replace('dk', 'other'), bytes('{"code":200}'))).toBe(false);
  });

  it('in bytes that are no UTF-8 does not', () => {
    expect(isEnosActivated(name, TOPIC, Uint8Array.of(0xff, 0xfe))).toBe(false);
  });
});
