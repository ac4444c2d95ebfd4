import { TokenSessions } from '@tallystick/device-transport';
import type { Admission, DeviceSession, SessionClaim } from '@tallystick/ports';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DeviceIdentity } from '../gateway.types.ts';
import { HttpUplink } from './http-uplink.ts';

const IDENTITY: DeviceIdentity = {
  ...{ tenant: 'default', productKey: 'pk', deviceKey: 'dn', deviceId: 'dv_dn', generation: 1 },
  ...{ unit: null, clientId: 'c', dialect: 'alibaba', secretVersion: 1, secretUntil: null },
  ...{ activates: null, viewVersion: 1 },
};
const ADMISSION: Admission<DeviceIdentity> = {
  ...{ sessionKey: 'k', sessionId: 's', identity: IDENTITY, greeting: [] },
  mayPublish: (topic) => topic.startsWith('/pk/dn/'),
  maySubscribe: () => false,
  ...{ closeAfterMs: null, silence: null, fetchOnly: false },
};
const CLAIM: SessionClaim = {
  ...{ listener: 'deviceHttp', transport: 'http', remoteAddress: '1.2.3.4:5', pskIdentity: null },
  ...{ clientId: 'c', username: null, password: null, keepAliveSeconds: 0, willTopic: null },
};

let time = 1_000;
let settle: ((done: (accepted: boolean) => void) => void) | null;
let sessions: TokenSessions<DeviceIdentity>;
let uplink: HttpUplink;
let token: string;
let foreign: string[];
const nothing = (): void => undefined;

beforeEach(() => {
  settle = (done) => done(true);
  const clock = { now: () => time, monotonicMs: () => time };
  const published = (
    _session: DeviceSession<DeviceIdentity>,
    _message: object,
    done: (accepted: boolean) => void,
  ): void => settle?.(done);
  const topicRefused = (session: DeviceSession<DeviceIdentity>): void =>
    void foreign.push(session.sessionId);
  const authority = {
    opened: nothing,
    closed: nothing,
    fetchEnded: nothing,
    greeted: nothing,
    published,
    topicRefused,
  };
  const ids = { bytes: (length: number) => new Uint8Array(length) };
  sessions = new TokenSessions<DeviceIdentity>({ authority, clock, ids });
  const terms = { lifetimeMs: 60_000, graceMs: 0 };
  const opened = sessions.open({ order: 1, admission: ADMISSION, claim: CLAIM, terms });
  token = typeof opened === 'string' ? '' : opened.token;
  uplink = new HttpUplink({ sessions, authority, clock, uplinkMs: 5 });
  foreign = [];
});
afterEach(() => sessions.close());

const say = async (topic = '/pk/dn/user/update', said: string | null = token) => {
  const { status, body, proven } = await uplink.publish({
    ...{ kind: 'uplink', route: 'alibaba-topic', token: said, topic, id: null },
    payload: new Uint8Array(1),
  });
  const { code, info } = JSON.parse(body) as { code: number; info?: { messageId: number } };
  return { status, code, proven, messageId: info?.messageId };
};

describe('an uplink over HTTP', () => {
  it('given the bus has it, is answered with a number that rises', async () => {
    const [first, second] = [await say(), await say()];
    expect([first.code, second.code]).toEqual([0, 0]);
    expect(second.messageId).toBe((first.messageId ?? 0) + 1);
    time += 10;
    expect((await say()).messageId).toBe(time * 1000);
  });

  it.each([
    ['refuses it', (done: (accepted: boolean) => void) => done(false)],
    ['does not say so in time', nothing],
  ])('given the bus %s, is answered: again', async (_, how) => {
    settle = how;
    expect(await say()).toMatchObject({ status: 200, code: 10000, proven: true });
  });

  it.each([
    ['none', null, 20002],
    ['an empty one', '', 20002],
    ['one that is none', 'x', 20003],
    ['one that is good no longer', 'a'.repeat(43), 20001],
  ])('with %s for a token proves nothing', async (_, said, code) => {
    expect(await say('/pk/dn/x', said)).toMatchObject({ code, proven: false });
  });

  it.each([
    ['another’s topic', '/pk/other/x', 30001],
    ['a filter', '/pk/dn/#', 10001],
    ['no topic', '', 10001],
  ])('on %s is refused, and its session stays', async (_, topic, code) => {
    expect(await say(topic)).toMatchObject({ code, proven: true });
    expect(foreign).toEqual(code === 30001 ? ['s'] : []);
    expect((await say()).code).toBe(0);
  });
});
