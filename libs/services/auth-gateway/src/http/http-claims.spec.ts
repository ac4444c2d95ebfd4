import { TokenSessions } from '@tallystick/device-transport';
import type { Admission } from '@tallystick/ports';
import { afterEach, describe, expect, it } from 'vitest';
import type { DeviceIdentity } from '../gateway.types.ts';
import { HttpClaims } from './http-claims.ts';
import type { HttpAuthority } from './http-parts.types.ts';

const IDENTITY: DeviceIdentity = {
  ...{ tenant: 'default', productKey: 'pk', deviceKey: 'dn', deviceId: 'dv_dn', generation: 1 },
  ...{ unit: null, clientId: 'c', dialect: 'alibaba', secretVersion: 1, secretUntil: null },
  ...{ activates: null, viewVersion: 1 },
};
const ADMISSION: Admission<DeviceIdentity> = {
  ...{ sessionKey: 'k', sessionId: 's', identity: IDENTITY, greeting: [] },
  ...{ mayPublish: () => true, maySubscribe: () => false },
  ...{ closeAfterMs: null, silence: null, fetchOnly: false },
};

const close: (() => void)[] = [];
afterEach(() => close.splice(0).forEach((closes) => closes()));

function given(room: number) {
  const opened: string[] = [];
  const turnedBack: string[] = [];
  const clock = { now: () => 1, monotonicMs: () => 1 };
  const nothing = (): void => undefined;
  const authority: HttpAuthority = {
    ...{ decide: () => ({ admit: ADMISSION }), login: () => ({ admit: ADMISSION }) },
    ...{ refused: nothing, closed: nothing, greeted: nothing, published: nothing },
    ...{ fetchEnded: nothing, topicRefused: nothing },
    register: () => Promise.reject(new Error('nobody registers here')),
    opened: ({ sessionId }) => void opened.push(sessionId),
    turnedBack: ({ identity, claim }) =>
      void turnedBack.push(`${identity.deviceId} ${claim.transport}`),
  };
  const ids = { bytes: (length: number) => new Uint8Array(length) };
  const sessions = new TokenSessions<DeviceIdentity>({
    ...{ authority, clock, ids, limits: { sessions: room } },
  });
  close.push(() => sessions.close());
  const parts = { authority, sessions, clock, mqttAddress: () => null, logger: { warn: nothing } };
  const claims = new HttpClaims(parts);
  const login = async (): Promise<unknown> => {
    const { body } = await claims.login(
      {
        ...{ method: 'POST', path: '/auth', query: '', headers: new Map<string, string>() },
        ...{ body: new Uint8Array(), remoteAddress: '1.2.3.4:5', gone: () => false },
      },
      {
        ...{ kind: 'login', route: 'alibaba-auth', fault: null },
        terms: { lifetimeMs: 60_000, graceMs: 0 },
        parsed: {
          ...{ kind: 'claims', productKey: 'pk', deviceKey: 'dn', deviceId: null },
          ...{ clientId: 'c', claims: [] },
        },
      },
    );
    return (JSON.parse(body) as { readonly code: unknown }).code;
  };
  return { login, opened, turnedBack };
}

describe('a login over HTTP', () => {
  it('opens a session, of which nothing else is told', async () => {
    const { login, opened, turnedBack } = given(1);
    expect(await login()).toBe(0);
    expect({ opened, turnedBack }).toEqual({ opened: ['s'], turnedBack: [] });
  });

  it('that there is no room for is refused, and told of', async () => {
    const { login, opened, turnedBack } = given(0);
    expect(await login()).toBe(40000);
    expect({ opened, turnedBack }).toEqual({ opened: [], turnedBack: ['dv_dn http'] });
  });
});
