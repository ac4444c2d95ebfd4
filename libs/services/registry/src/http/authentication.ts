import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { ProblemError } from './problem.ts';

export const DEFAULT_TENANT = 'default';
export const ADMIN_ACTOR = 'token:admin';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Compares bearer tokens in equal time, whatever their lengths. */
export function createTokenCheck(token: string): (request: FastifyRequest) => boolean {
  const expected = digest(token);
  return (request) => {
    const header = request.headers.authorization ?? '';
    const given = /^Bearer +(\S+)$/i.exec(header)?.[1];
    return timingSafeEqual(digest(given ?? ''), expected) && given !== undefined;
  };
}

/** Checks who calls the operators' API, and for which tenant. Throws ProblemError. */
export function createAuthentication(adminToken: string): (request: FastifyRequest) => void {
  const isAdmin = createTokenCheck(adminToken);
  return (request) => {
    if (!isAdmin(request)) throw new ProblemError('unauthenticated');
    const tenant = request.headers['tallystick-tenant'] ?? DEFAULT_TENANT;
    if (tenant !== DEFAULT_TENANT) throw new ProblemError('tenant-unknown');
  };
}
