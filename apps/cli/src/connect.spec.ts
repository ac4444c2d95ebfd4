import { describe, expect, it } from 'vitest';
import { messageOf } from './connect.ts';

describe('what is typed while connected', () => {
  it.each([
    ['{"id":1}', '/usual', '{"id":1}'],
    ['/thermo/unit-1/user/up hello there', '/thermo/unit-1/user/up', 'hello there'],
    ['/thermo/unit-1/user/up', '/thermo/unit-1/user/up', ''],
    ['$oc/devices/dv_1/sys/events/up {}', '$oc/devices/dv_1/sys/events/up', '{}'],
  ])('%s', (line, topic, payload) => {
    expect(messageOf(line, '/usual')).toEqual({ topic, payload });
  });
});
