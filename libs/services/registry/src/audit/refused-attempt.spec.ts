import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createLogger, systemIds } from '@tallystick/services-edge';
import { createFixedClock } from '@tallystick/test-kit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HandlerParts } from '../cqrs/handler.ts';
import { createRequestLimit } from '../http/request-limit.ts';
import { createHttpServer } from '../http/server.ts';
import { RegistryModule } from '../registry.module.ts';
import type { Refused } from './noted-refusals.ts';

const TOKEN = 'the-admin-token';

describe('an attempt that is refused', () => {
  const clock = createFixedClock();
  let noted: Refused[];
  let app: NestFastifyApplication;

  beforeEach(async () => {
    noted = [];
    const parts = { clock, tracker: { history: { gateways: () => [] } } };
    const module = RegistryModule.register({
      parts: parts as unknown as HandlerParts,
      live: { open: () => Promise.resolve(), stop: () => Promise.resolve() },
      platform: {
        readiness: () => ({ ready: true, checks: {} }),
        metrics: () => Promise.resolve({ contentType: 'text/plain', text: '' }),
        topics: { topicPrefix: '', partitions: 3 },
      },
    });
    app = await createHttpServer({
      ...{ module, adminToken: TOKEN, ids: systemIds, logger: createLogger('spec', 'silent') },
      limit: createRequestLimit({ perSecond: 1, monotonicMs: clock.monotonicMs }),
      refusals: { note: (refused) => void noted.push(refused) },
    });
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
  });
  afterEach(() => app.close());

  const ask = async (method: 'GET' | 'HEAD' | 'PUT' | 'DELETE', url: string, token = 'wrong') => {
    const headers = { authorization: `Bearer ${token}`, 'x-request-id': 'r1' };
    return (await app.inject({ method, url, headers })).statusCode;
  };

  it('with 401 is nobody’s, by whatever spelling or method its route is matched', async () => {
    const spellings = ['/api/v1/devices/d1/secret', '/%61pi/v1/devices/d1/secret?after=7'];
    for (const url of spellings) expect(await ask('GET', url)).toBe(401);
    expect(await ask('HEAD', spellings[0] ?? '')).toBe(401);
    const row = {
      ...{ alone: false, tenant: 'default', actor: 'unknown', action: 'readDeviceSecret refused' },
      ...{ subject: 'd1', remoteAddress: '127.0.0.1', requestId: 'r1', detail: 'unauthenticated' },
    };
    expect(noted).toEqual([row, row, row]);
  });

  it('with 429 is the token’s', async () => {
    let status = 200;
    while (status === 200) status = await ask('GET', '/api/v1/gateways', TOKEN);
    expect(status).toBe(429);
    expect(noted).toMatchObject([
      { alone: false, actor: 'token:admin', action: 'listGateways refused' },
    ]);
  });

  it.each([
    ['GET', '/api/v1/nothing'],
    ['PUT', '/api/v1/devices'],
    ['GET', '/nothing'],
    ['GET', '/healthz'],
  ] as const)('is none where no route asks for a token: %s %s', async (method, url) => {
    await ask(method, url);
    expect(noted).toEqual([]);
  });

  it.each([
    ['DELETE', `/api/v1/devices/${'%20'}`],
    ['DELETE', `/api/v1/devices/${encodeURIComponent('ü')}`],
    ['DELETE', `/api/v1/devices/${'d'.repeat(280)}`],
    ['GET', '/api/v1/devices'],
  ] as const)('has no subject where the path names none: %s %s', async (method, url) => {
    expect(await ask(method, url)).toBe(401);
    expect(noted).toMatchObject([{ subject: null }]);
  });
});
