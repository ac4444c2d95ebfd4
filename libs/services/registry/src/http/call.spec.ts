import type { FastifyRequest } from 'fastify';
import { describe, expect, it } from 'vitest';
import { readCall, type Call } from './call.ts';

/** A keyed write with this body. */
function keyed(body: unknown, method = 'POST', url = '/api/v1/devices'): Call['idempotency'] {
  const headers = { 'idempotency-key': 'k' };
  const request = { method, url, body, headers, id: 'r', routeOptions: {} };
  return readCall(request as unknown as FastifyRequest).idempotency;
}
const requestOf = (json: string): string | undefined => keyed(JSON.parse(json))?.request;

describe('the request under an Idempotency-Key', () => {
  it.each([
    ['{"productKey":"p","name":"n"}', '{"name":"n","productKey":"p"}'],
    ['{"tags":{"a":"1","b":"2"}}', '{ "tags": {"b":"2","a":"1"} }'],
    ['{"tags":{"10":"x","9":"y"}}', '{"tags":{"9":"y","10":"x"}}'],
  ])('is the same in another order of its fields: %s', (one, other) => {
    expect(requestOf(one)).toBe(requestOf(other));
  });

  it.each([
    ['{"name":"a"}', '{"name":"b"}'],
    ['{"tags":{"a":"b"}}', '{"tags":{"b":"a"}}'],
    ['{"list":[1,2]}', '{"list":[2,1]}'],
    ['{"name":null}', '{}'],
    ['{"name":"1"}', '{"name":1}'],
  ])('is another where the fields differ: %s and %s', (one, other) => {
    expect(requestOf(one)).not.toBe(requestOf(other));
  });

  it('is another with another method or path, and no body is an empty one', () => {
    const all = [keyed({}), keyed({}, 'PATCH'), keyed({}, 'POST', '/api/v1/products')];
    expect(new Set(all.map((call) => call?.request)).size).toBe(3);
    expect(keyed(undefined)).toEqual(keyed({}));
  });

  it('refuses a body that is nested beyond reading', () => {
    const depth = 200_000;
    const deep: unknown = JSON.parse('['.repeat(depth) + ']'.repeat(depth));
    expect(() => keyed(deep)).toThrow(/nested too deep/);
  });
});
