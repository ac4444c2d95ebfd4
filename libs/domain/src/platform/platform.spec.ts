import { describe, expect, it } from 'vitest';
import { decideTenant, evolveTenant, initialTenant } from './tenant.ts';
import { decideToken, evolveToken, initialToken } from './token.ts';

const NOW = Date.parse('2026-11-28T12:00:00.000Z');

describe('a tenant', () => {
  const command = { tenant: 'north', name: 'Plant north', deviceKeyScope: 'tenant' } as const;

  it('given none of that name, then it is created with the scope that was asked for', () => {
    const decided = decideTenant(command, initialTenant, NOW);
    if (!decided.ok) throw new Error(decided.error.code);
    expect(decided.value).toEqual([{ type: 'TenantCreated', time: NOW, data: command }]);
    const after = decided.value.reduce(evolveTenant, initialTenant);
    expect(after).toEqual({ status: 'live', ...command, createdAt: NOW });
  });

  it('given one of that name, then a second is refused', () => {
    const there = { status: 'live', ...command, createdAt: NOW } as const;
    expect(decideTenant(command, there, NOW)).toEqual({
      ok: false,
      error: { code: 'tenant-taken' },
    });
  });
});

describe('a token', () => {
  const issue = {
    type: 'IssueToken',
    tokenId: 'tk_1',
    tenant: 'north',
    name: 'line 1',
    scopes: ['read'],
    expiresAt: NOW + 1_000,
    tokenHash: 'abc',
  } as const;
  const issued = () => {
    const decided = decideToken(issue, initialToken, NOW);
    if (!decided.ok) throw new Error(decided.error.code);
    return decided.value.reduce(evolveToken, initialToken);
  };

  it('given it is issued, then it lives, with its hash alone', () => {
    const { type: _, ...kept } = issue;
    expect(issued()).toEqual({ status: 'live', ...kept, createdAt: NOW });
  });

  it('given an end that cannot be read, then it has come', () => {
    const { type: _, ...kept } = issue;
    const data = { ...kept, expiresAt: '+010000-01-01T13:59:59.999Z' };
    const token = evolveToken(initialToken, { type: 'TokenIssued', time: NOW, data });
    expect(token).toMatchObject({ status: 'live', expiresAt: NOW });
  });

  it('given it lives and is revoked, then it is revoked for good', () => {
    const decided = decideToken({ type: 'RevokeToken' }, issued(), NOW);
    if (!decided.ok) throw new Error(decided.error.code);
    const after = decided.value.reduce(evolveToken, issued());
    expect(after.status).toBe('revoked');
    const again = decideToken({ type: 'RevokeToken' }, after, NOW);
    expect(again).toEqual({ ok: false, error: { code: 'token-unknown' } });
  });

  it('given none, then there is nothing to revoke', () => {
    const decided = decideToken({ type: 'RevokeToken' }, initialToken, NOW);
    expect(decided).toEqual({ ok: false, error: { code: 'token-unknown' } });
  });
});
