import { inspect } from 'node:util';
import { RecordingAuthority } from '@tallystick/test-kit';
import type { SessionClaim } from '@tallystick/ports';
import { afterEach, describe, expect, it } from 'vitest';
import type { TokenLimits } from './http-limits.ts';
import { isToken, TokenSessions, type Opened } from './token-sessions.ts';

const CLAIM: SessionClaim = {
  ...{ listener: 'http', transport: 'http', remoteAddress: '1.2.3.4:5', pskIdentity: null },
  ...{ clientId: 'c', username: 'u', password: null, keepAliveSeconds: 0, willTopic: null },
};
const TERMS = { lifetimeMs: 60_000, graceMs: 0 };
const GRACE = { lifetimeMs: 60_000, graceMs: 30_000 };

let opened: TokenSessions<string> | null = null;
afterEach(() => opened?.close());

function given(limits: Partial<TokenLimits> = {}) {
  const time = { ms: 0 };
  const authority = new RecordingAuthority();
  let seed = 0;
  const sessions = new TokenSessions({
    authority,
    clock: { now: () => time.ms, monotonicMs: () => time.ms },
    ids: { bytes: (length: number) => new Uint8Array(length).fill((seed += 1)) },
    limits,
  });
  opened = sessions;
  const login = (user = 'dev', terms = TERMS, order = sessions.nextOrder()): Opened =>
    sessions.open({ order, admission: authority.admission(user), claim: CLAIM, terms });
  const tokenOf = (login: Opened): string => (typeof login === 'string' ? login : login.token);
  const isGood = (token: string): boolean => sessions.find(token) !== null;
  return { authority, sessions, login, time, tokenOf, isGood };
}

describe('a token', () => {
  it('has 256 bits, and is nowhere in memory', () => {
    const { login, sessions, tokenOf } = given();
    const token = tokenOf(login());
    expect(isToken(token)).toBe(true);
    expect(inspect(sessions, { depth: 12, showHidden: true, maxArrayLength: null })).not.toContain(
      token,
    );
  });

  it('is good until its time has come, and then its session ends', () => {
    const { login, tokenOf, isGood, time, authority } = given();
    const token = tokenOf(login());
    time.ms = 59_999;
    expect(isGood(token)).toBe(true);
    time.ms = 60_000;
    expect(isGood(token)).toBe(false);
    expect(authority.log).toEqual(['opened s1', 'closed s1 silence']);
  });

  it('of a session that was cut, or of nobody, is not good', () => {
    const { login, tokenOf, isGood, sessions } = given();
    const token = tokenOf(login());
    sessions.cut('s1', 'disabled');
    expect([isGood(token), isGood('x'), sessions.tokens]).toEqual([false, false, 0]);
  });

  it('ends with the next one of its key', () => {
    const { login, tokenOf, isGood, authority } = given();
    const [first, second] = [tokenOf(login()), tokenOf(login())];
    expect([isGood(first), isGood(second)]).toEqual([false, true]);
    expect(authority.log).toEqual(['opened s1', 'closed s1 taken-over', 'opened s2']);
  });
});

describe('a grace', () => {
  it('lets the token before stand for the new session', () => {
    const { login, tokenOf, sessions, time } = given();
    const [first] = [tokenOf(login('dev', GRACE)), login('dev', GRACE)];
    time.ms = 29_999;
    expect(sessions.find(first)?.sessionId).toBe('s2');
    time.ms = 30_000;
    expect(sessions.find(first)).toBeNull();
  });

  it('ends with the session', () => {
    const { login, tokenOf, sessions, isGood } = given();
    const [first, second] = [tokenOf(login('dev', GRACE)), tokenOf(login('dev', GRACE))];
    sessions.cut('s2', 'disabled');
    expect([isGood(first), isGood(second), sessions.tokens]).toEqual([false, false, 0]);
  });

  it('is not prolonged by the one after it, nor beyond its own time', () => {
    const { login, tokenOf, isGood, time } = given();
    const first = tokenOf(login('dev', GRACE));
    const short = { lifetimeMs: 10_000, graceMs: 30_000 };
    time.ms = 20_000;
    const second = tokenOf(login('dev', short));
    time.ms = 25_000;
    login('dev', GRACE);
    time.ms = 30_001;
    expect([isGood(first), isGood(second)]).toEqual([true, false]);
    time.ms = 50_000;
    expect(isGood(first)).toBe(false);
  });

  it('is given where the successor is on another gateway, and prolonged by no second word of it', () => {
    const { login, sessions, authority, tokenOf, isGood, time } = given();
    const token = tokenOf(login('dev', GRACE));
    const [sessionId = ''] = authority.open.keys();
    expect(sessions.cut(sessionId, 'taken-over')).toBe(true);
    time.ms = 29_000;
    expect(sessions.cut(sessionId, 'taken-over')).toBe(true);
    expect(isGood(token)).toBe(true);
    time.ms = 30_000;
    expect(isGood(token)).toBe(false);
  });

  it('is over at once for whom anything else ends, and for whom it is none', () => {
    const { login, sessions, authority, tokenOf, isGood } = given();
    const [disabled, none] = [tokenOf(login('a', GRACE)), tokenOf(login('b'))];
    const [a = '', b = ''] = authority.open.keys();
    sessions.cut(a, 'taken-over');
    sessions.cut(a, 'disabled');
    sessions.cut(b, 'taken-over');
    expect([isGood(disabled), isGood(none)]).toEqual([false, false]);
  });

  it('is given to a bounded number of tokens', () => {
    const { login, tokenOf, sessions, isGood } = given();
    const tokens = Array.from({ length: 100 }, () => tokenOf(login('dev', GRACE)));
    expect(sessions.tokens).toBe(8);
    expect(tokens.slice(-8).every(isGood)).toBe(true);
  });
});

describe('sessions', () => {
  it('are of a bounded number; who takes over is let in', () => {
    const { login } = given({ sessions: 2 });
    expect([login('a'), login('b'), login('c'), login('b')]).toMatchObject([{}, {}, 'full', {}]);
  });

  it('of an older claim are not opened beside a newer one', () => {
    const { login, sessions, authority } = given();
    const older = sessions.nextOrder();
    login();
    expect(login('dev', TERMS, older)).toBe('overtaken');
    expect(authority.log).toEqual(['opened s1']);
  });

  it('that are closed are told once, and none is opened after', () => {
    const { login, sessions, authority } = given();
    login();
    sessions.close();
    sessions.close();
    expect(login('b')).toBe('full');
    expect(authority.log).toEqual(['opened s1', 'closed s1 gateway-closing']);
  });

  it('can be cut as soon as they are told of', () => {
    const { login, tokenOf, sessions, authority, isGood } = given();
    const told = authority.opened.bind(authority);
    authority.opened = (session) => {
      told(session);
      expect(sessions.cut(session.sessionId, 'disabled')).toBe(true);
    };
    expect(isGood(tokenOf(login()))).toBe(false);
    expect(authority.log).toEqual(['opened s1', 'closed s1 disabled']);
  });

  it('given it has a greeting: that is not delivered', () => {
    const { login, authority } = given();
    authority.greeting = [{ topic: 't', payload: new Uint8Array(), qos: 0 }];
    login();
    expect(authority.greetings).toEqual([false]);
  });
});

describe('a message', () => {
  const text = (value: string): Uint8Array => new TextEncoder().encode(value);

  it.each([
    ['own/dev/x', 'taken'],
    ['own/other/x', 'topic-refused'],
    ['own/dev/#', 'topic-malformed'],
    ['own/dev/\0', 'topic-malformed'],
    ['', 'topic-malformed'],
  ])('on %j is %s', async (topic, published) => {
    const { login, sessions, tokenOf } = given();
    const session = sessions.find(tokenOf(login()));
    expect(await session?.publish(topic, text('x'))).toBe(published);
  });

  it('given too many wait, is not handed on; given some are settled, it is', async () => {
    const { login, sessions, tokenOf, authority } = given({ unsettledPublishes: 2 });
    const dones: ((accepted: boolean) => void)[] = [];
    authority.settle = ({ done }) => void dones.push(done);
    const session = sessions.find(tokenOf(login()));
    const [first] = [
      session?.publish('own/dev/x', text('1')),
      session?.publish('own/dev/x', text('2')),
    ];
    expect(await session?.publish('own/dev/x', text('3'))).toBe('too-many');
    dones[0]?.(false);
    expect(await first).toBe('not-now');
    void session?.publish('own/dev/x', text('4'));
    expect(dones).toHaveLength(3);
  });

  it('given too many bytes wait, is not handed on; one always is', async () => {
    const { login, sessions, tokenOf, authority } = given({ unsettledBytes: 4 });
    authority.settle = () => undefined;
    const session = sessions.find(tokenOf(login()));
    void session?.publish('own/dev/x', text('12345'));
    expect(await session?.publish('own/dev/x', text('6'))).toBe('too-many');
    expect(authority.uplinks).toHaveLength(1);
  });
});
