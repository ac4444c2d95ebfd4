import { describe, expect, it } from 'vitest';
import { fetchTopicsOf } from './fetch-topics.ts';

const names = { productKey: 'pk', deviceKey: 'dn', deviceId: 'pk_dn' };

describe('a session that only fetches', () => {
  it.each(['register', 'regnwl'] as const)('Alibaba %s: listens, and says nothing', (delivery) => {
    const { mayPublish, maySubscribe } = fetchTopicsOf(delivery, names);
    expect(['/ext/register', '/ext/regnwl'].every(maySubscribe)).toBe(true);
    expect(['/ext/#', '/ext/+', '#', '/sys/pk/dn/#', '/ext/register/#'].some(maySubscribe)).toBe(
      false,
    );
    expect(['/ext/register', '/sys/pk/dn/thing'].some(mayPublish)).toBe(false);
  });

  it('EnOS: hears what lies below its activation, and answers', () => {
    const { mayPublish, maySubscribe } = fetchTopicsOf('enos', names);
    const root = '/ext/session/pk/dn/thing/activate';
    expect(
      [`${root}/info`, `${root}/info_reply`, `${root}/+`, `${root}/#`].every(maySubscribe),
    ).toBe(true);
    const wider = ['#', '/ext/#', '/ext/session/pk/dn/#', '/ext/session/pk/dn/thing/+/info', root];
    expect([...wider, '/ext/session/pk/other/thing/activate/info'].some(maySubscribe)).toBe(false);
    expect(mayPublish(`${root}/info_reply`)).toBe(true);
    expect(mayPublish('/sys/pk/dn/thing/measurepoint/post')).toBe(false);
  });

  it('Huawei: asks on bootstrap/up, and hears bootstrap/down', () => {
    const { mayPublish, maySubscribe } = fetchTopicsOf('bootstrap', names);
    expect(maySubscribe('$oc/devices/pk_dn/sys/bootstrap/down')).toBe(true);
    expect(mayPublish('$oc/devices/pk_dn/sys/bootstrap/up')).toBe(true);
    expect(['$oc/devices/pk_dn/#', '$oc/devices/other/sys/bootstrap/down'].some(maySubscribe)).toBe(
      false,
    );
    expect(maySubscribe('$oc/devices/pk_dn/sys/bootstrap/#')).toBe(true);
    expect(mayPublish('$oc/devices/pk_dn/sys/properties/report')).toBe(false);
    expect(mayPublish('$oc/devices/other/sys/bootstrap/up')).toBe(false);
  });

  it('Huawei: may report the log that its Python SDK reports at every connect', () => {
    const { mayPublish, maySubscribe } = fetchTopicsOf('bootstrap', names);
    expect(mayPublish('$oc/devices/pk_dn/sys/events/up')).toBe(true);
    expect(maySubscribe('$oc/devices/pk_dn/sys/events/down')).toBe(false);
  });
});
