import { describe, expect, it } from 'vitest';
import { createDeviceBody, patchDeviceBody } from './device.schema.ts';
import { positionParameter } from './common.schema.ts';
import { createProductBody } from './product.schema.ts';
import { createTokenBody } from './token.schema.ts';
import { carriesRetryAfter, PROBLEMS, toProblem } from '../problems.ts';

const accepts = (body: object): boolean =>
  createDeviceBody.safeParse({ productKey: 'pk', ...body }).success;

describe('the body of a new device', () => {
  it.each([
    [{}],
    [{ deviceKey: 'A.b_c:d@e-9'.padEnd(128, 'x') }],
    [{ deviceId: 'x'.repeat(256) }],
    [{ deviceSecret: 'abc !~' }],
    [{ deviceSecret: 'x'.repeat(64) }],
    [{ name: null, tags: { site: 'Łódź' }, registrationTimeoutSeconds: null }],
  ])('may be %j', (body) => {
    expect(accepts(body)).toBe(true);
  });

  it.each([
    [{ productKey: 'with-dash' }],
    [{ productKey: 'x'.repeat(33) }],
    [{ deviceKey: '' }],
    [{ deviceKey: 'a/b' }],
    [{ deviceKey: 'x'.repeat(129) }],
    [{ deviceId: 'a:b' }],
    [{ deviceId: 'dv_01jd7h0q9v8t6m3k2n4p5r7s8w' }],
    [{ deviceSecret: 'short' }],
    [{ deviceSecret: 'x'.repeat(65) }],
    [{ deviceSecret: 'with\ttab' }],
    [{ name: 'a\u0000b' }],
    [{ name: '\ud800' }],
    [{ tags: { a: 1 } }],
    [{ tags: { 'a\nb': '1' } }],
    [{ registrationTimeoutSeconds: 0 }],
    [{ registrationTimeoutSeconds: 1.5 }],
    [{ colour: 'red' }],
  ])('may not be %j', (body) => {
    expect(accepts(body)).toBe(false);
  });

  it('tells an unknown field from a wrong one', () => {
    const codes = (body: object): (string | undefined)[] =>
      patchDeviceBody.safeParse(body).error?.issues.map(({ code }) => code) ?? [];
    expect(codes({ colour: 'red' })).toEqual(['unrecognized_keys']);
    expect(codes({ name: 7 })).toEqual(['invalid_type']);
  });
});

describe('the body of a new product', () => {
  it('holds at most five units', () => {
    expect(createProductBody.safeParse({ name: 'Boiler', maxUnits: 5 }).success).toBe(true);
    expect(createProductBody.safeParse({ name: 'Boiler', maxUnits: 6 }).success).toBe(false);
    expect(createProductBody.safeParse({ maxUnits: 1 }).success).toBe(false);
  });
});

describe('the end of a token', () => {
  const accepts = (expiresAt: unknown): boolean =>
    createTokenBody.safeParse({ name: 'line 1', scopes: ['read'], expiresAt }).success;

  it.each([null, '2030-01-01T02:00:00+02:00', '2030-01-01T00:00:00Z', '9999-12-31T23:59:59.999Z'])(
    'may be %s',
    (end) => {
      expect(accepts(end)).toBe(true);
    },
  );

  it.each(['9999-12-31T23:59:59.999-14:00', '2030-01-01', '2030-02-30T00:00:00Z', 1893456000000])(
    'may not be %s',
    (end) => {
      expect(accepts(end)).toBe(false);
    },
  );
});

describe('the silence that a product allows', () => {
  const accepts = (body: object): boolean =>
    createProductBody.safeParse({ name: 'Boiler', ...body }).success;

  it.each([5, 604_800, null])('may be %s', (silenceSeconds) => {
    expect(accepts({ silenceSeconds, silenceCounts: 'message' })).toBe(true);
  });

  it.each([4, 604_801, 5.5, '60'])('may not be %j', (silenceSeconds) => {
    expect(accepts({ silenceSeconds })).toBe(false);
  });

  it('is broken by packets or by messages', () => {
    expect(accepts({ silenceCounts: 'packet' })).toBe(true);
    expect(accepts({ silenceCounts: 'ping' })).toBe(false);
  });
});

describe('a position in a path', () => {
  it('is digits', () => {
    expect(positionParameter.parse('42')).toBe(42);
    expect(positionParameter.safeParse('-1').success).toBe(false);
    expect(positionParameter.safeParse('1e3').success).toBe(false);
  });
});

describe('a problem', () => {
  it('has the status of its code', () => {
    expect(toProblem('stale-revision', 'it is at 4')).toEqual({
      type: 'urn:tallystick:problem:stale-revision',
      title: PROBLEMS['stale-revision'].title,
      status: 412,
      detail: 'it is at 4',
      code: 'stale-revision',
    });
  });

  it('tells when to come back only if that helps', () => {
    expect(carriesRetryAfter('quota-exceeded')).toBe(true);
    expect(carriesRetryAfter('view-behind')).toBe(true);
    expect(carriesRetryAfter('device-key-taken')).toBe(false);
  });
});
