import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createLogger, systemIds } from '@tallystick/services-edge';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHttpServer } from '../http/server.ts';
import type { HandlerParts } from '../cqrs/handler.ts';
import { RegistryModule } from '../registry.module.ts';

/** What a page or a style may load by itself: tags, imports and urls. */
const LOADED = /(?:src|href)="([^"]*)"|@import\s+["']?([^"';]+)|url\(\s*["']?([^"')]{0,200})/g;

function loadedBy(text: string): readonly string[] {
  return [...text.matchAll(LOADED)].map((found) => found.slice(1).find(Boolean) ?? '');
}

describe('the page at /docs', () => {
  let app: NestFastifyApplication;
  beforeAll(async () => {
    const module = RegistryModule.register({
      parts: {} as HandlerParts,
      live: { open: () => Promise.resolve(), stop: () => Promise.resolve() },
      platform: {
        readiness: () => ({ ready: true, checks: {} }),
        metrics: () => Promise.resolve({ contentType: 'text/plain', text: '' }),
        topics: { topicPrefix: '', partitions: 3 },
      },
    });
    const logger = createLogger('spec', 'silent');
    app = await createHttpServer({ module, adminToken: 'secret', ids: systemIds, logger });
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
  });
  afterAll(() => app.close());

  const get = (url: string) => app.inject({ method: 'GET', url });

  it('given no token, then it is served, and so is all that it loads', async () => {
    const page = await get('/docs');
    expect(page.statusCode).toBe(200);
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    const files = loadedBy(page.body).filter((url) => url !== 'data:,');
    expect(files).toEqual(['docs/swagger-ui.css', 'docs/swagger-ui-bundle.js', 'docs/start.js']);
    for (const file of files) {
      const answer = await get(`/${file}`);
      expect(answer.statusCode).toBe(200);
      expect(answer.headers['content-type']).toMatch(/^text\/(css|javascript); charset=utf-8$/);
      expect(answer.headers['x-content-type-options']).toBe('nosniff');
      expect(answer.body).not.toContain('sourceMappingURL');
    }
  });

  it('then it shows the openapi.json of this server, and asks no validator about it', async () => {
    const { body } = await get('/docs/start.js');
    expect(body).toContain("url: 'openapi.json'");
    expect(body).toContain('validatorUrl: null');
    expect((await get('/openapi.json')).statusCode).toBe(200);
  });

  it('then neither page nor style loads anything from elsewhere', async () => {
    const texts = [(await get('/docs')).body, (await get('/docs/swagger-ui.css')).body];
    const foreign = texts.flatMap(loadedBy).filter((url) => !/^(data:|docs\/)/.test(url));
    expect(foreign).toEqual([]);
  });

  it('then the browser is told to load, and to send, nothing to elsewhere', async () => {
    for (const url of ['/docs', '/docs/start.js']) {
      const policy = String((await get(url)).headers['content-security-policy']);
      const rules = new Map(
        policy.split('; ').map((rule) => {
          const [name = '', ...sources] = rule.split(' ');
          return [name, sources] as const;
        }),
      );
      expect(rules.get('default-src')).toEqual(["'none'"]);
      expect(rules.get('script-src')).toEqual(["'self'"]);
      expect(rules.get('connect-src')).toEqual(["'self'"]);
      const sources = [...rules.values()].flat();
      expect(
        sources.filter((source) => !/^'(self|none|unsafe-inline)'$|^data:$/.test(source)),
      ).toEqual([]);
    }
  });

  it.each(['package.json', '..%2Fpackage.json', '__proto__', 'swagger-ui.js', 'index.html'])(
    'given another file (%s), then there is none',
    async (name) => {
      expect((await get(`/docs/${name}`)).statusCode).toBe(404);
    },
  );
});
