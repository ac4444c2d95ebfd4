import { PROBLEMS, type ProblemCode } from '@tallystick/contracts';
import { componentSchemas } from './components.ts';
import type { Route } from './route.types.ts';
import { ROUTES } from './routes.ts';

type Json = Readonly<Record<string, unknown>>;

const ref = (name: string): Json => ({ $ref: `#/components/schemas/${name}` });
const header = (description: string): Json => ({ description, schema: { type: 'string' } });
const parameter = (name: string, where: 'path' | 'query' | 'header', required = false): Json => ({
  name,
  in: where,
  required,
  schema: { type: 'string' },
});

const isWrite = (route: Route): boolean => route.method !== 'get';
const isOpen = (route: Route): boolean => !route.path.startsWith('/api/');

function answerContent(route: Route): Json {
  switch (route.answer) {
    case undefined:
      return {};
    case 'text':
      return { content: { 'text/plain': { schema: { type: 'string' } } } };
    case 'events':
      return { content: { 'text/event-stream': { schema: { type: 'string' } } } };
    case 'document':
      return { content: { 'application/json': { schema: { type: 'object' } } } };
    default:
      return { content: { 'application/json': { schema: ref(route.answer) } } };
  }
}

function problemsOf(route: Route): readonly ProblemCode[] {
  if (isOpen(route)) return [];
  const common: ProblemCode[] = ['unknown-field', 'invalid-field', 'unauthenticated', 'forbidden'];
  const write: ProblemCode[] = ['idempotency-mismatch', 'stale-revision', 'body-too-large'];
  return [
    ...common,
    'tenant-unknown',
    ...(route.problems ?? []),
    ...(isWrite(route) ? write : (['view-behind'] as const)),
    'store-unavailable',
  ];
}

function problemResponses(route: Route): Json {
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of problemsOf(route)) {
    const { status } = PROBLEMS[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const responses = [...byStatus].map(([status, codes]) => [
    String(status),
    {
      description: codes.join(', '),
      content: { 'application/problem+json': { schema: ref('Problem') } },
    },
  ]);
  return Object.fromEntries(responses) as Json;
}

function successHeaders(route: Route): Json {
  if (!isWrite(route)) return {};
  return {
    headers: {
      ETag: header('"<revision>"'),
      'Tallystick-Position': header('the position of the write'),
    },
  };
}

function parameters(route: Route): readonly Json[] {
  const inPath = [...route.path.matchAll(/\{(\w+)\}/g)].map((match) =>
    parameter(match[1] ?? '', 'path', true),
  );
  const inQuery = (route.query ?? []).map((name) => parameter(name, 'query'));
  if (isOpen(route)) return inPath;
  const named = [...(route.headers ?? []), 'Tallystick-Tenant'];
  const inHeaders = (names: readonly string[]) => names.map((name) => parameter(name, 'header'));
  if (!isWrite(route))
    return [...inPath, ...inQuery, parameter('after', 'query'), ...inHeaders(named)];
  return [...inPath, ...inQuery, ...inHeaders(['Idempotency-Key', 'If-Match', ...named])];
}

function operation(route: Route): Json {
  const body = route.body;
  return {
    operationId: route.operationId,
    parameters: parameters(route),
    ...(body === undefined
      ? {}
      : { requestBody: { content: { 'application/json': { schema: ref(body) } } } }),
    responses: {
      [route.status]: { description: 'Done', ...successHeaders(route), ...answerContent(route) },
      ...(route.or503 ? { 503: { description: 'Not well', ...answerContent(route) } } : {}),
      ...problemResponses(route),
    },
    ...(isOpen(route) ? { security: [] } : {}),
  };
}

/** openapi.json, made of the same schemas that check the bodies. */
export function openApiDocument(): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of ROUTES)
    paths[route.path] = { ...paths[route.path], [route.method]: operation(route) };
  return {
    openapi: '3.1.1',
    info: { title: 'Tallystick', version: '0.1.0' },
    jsonSchemaDialect: 'https://json-schema.org/draft/2020-12/schema',
    security: [{ bearer: [] }],
    paths,
    components: {
      schemas: componentSchemas(),
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
    },
  };
}
