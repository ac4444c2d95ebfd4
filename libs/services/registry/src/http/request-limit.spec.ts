import { createFixedClock } from '@tallystick/test-kit';
import { createLogger, systemIds } from '@tallystick/services-edge';
import { describe, expect, it } from 'vitest';
import type { HandlerParts } from '../cqrs/handler.ts';
import { RegistryModule } from '../registry.module.ts';
import { createRequestLimit } from './request-limit.ts';
import { createHttpServer } from './server.ts';

describe('the requests of one token', () => {
  it('are those of ten seconds at once, and then so many a second', () => {
    const clock = createFixedClock();
    const limit = createRequestLimit({ perSecond: 2, monotonicMs: clock.monotonicMs });
    const taken = (times: number, token = 'a'): number =>
      Array.from({ length: times }, () => limit.take(token)).filter(Boolean).length;
    expect(taken(50)).toBe(20);
    clock.advance(1_000);
    expect(taken(50)).toBe(2);
    expect(taken(50, 'another')).toBe(20);
    clock.advance(3_600_000);
    expect(taken(50)).toBe(20);
  });

  it('beyond it are 429 with Retry-After; what needs no token and what is none is not counted', async () => {
    const clock = createFixedClock();
    const module = RegistryModule.register({
      parts: {
        clock,
        tracker: { history: { gateways: () => [] } },
      } as unknown as HandlerParts,
      live: { open: () => Promise.resolve(), stop: () => Promise.resolve() },
      platform: {
        readiness: () => ({ ready: true, checks: {} }),
        metrics: () => Promise.resolve({ contentType: 'text/plain', text: '' }),
        topics: { topicPrefix: '', partitions: 3 },
      },
    });
    const limit = createRequestLimit({ perSecond: 1, monotonicMs: clock.monotonicMs });
    const logger = createLogger('spec', 'silent');
    const app = await createHttpServer({
      ...{ module, adminToken: 'secret', ids: systemIds, logger, limit },
    });
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
    const get = (url: string, token: string) =>
      app.inject({ method: 'GET', url, headers: { authorization: `Bearer ${token}` } });
    for (let n = 0; n < 20; n += 1) {
      expect((await get('/healthz', 'secret')).statusCode).toBe(200);
      expect((await get('/api/v1/gateways', 'wrong')).statusCode).toBe(401);
    }
    for (let n = 0; n < 10; n += 1)
      expect((await get('/api/v1/gateways', 'secret')).statusCode).toBe(200);
    const refused = await get('/api/v1/gateways', 'secret');
    expect(refused.statusCode).toBe(429);
    expect(refused.headers['retry-after']).toBe('1');
    expect(refused.json()).toMatchObject({ code: 'too-many-requests' });
    clock.advance(1_000);
    expect((await get('/api/v1/gateways', 'secret')).statusCode).toBe(200);
    await app.close();
  });
});
