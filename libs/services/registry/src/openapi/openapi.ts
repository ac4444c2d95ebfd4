import { componentSchemas } from './components.ts';
import { parametersOf } from './route-parameters.ts';
import { HEADERS, responsesOf } from './responses.ts';
import { EXAMPLES, STREAMED_EXAMPLES } from './examples/examples.ts';
import { isOpen, scopesOf, type Route } from './route.types.ts';
import { ROUTES } from './routes.ts';
import { OPERATION_TEXTS, TAGS } from './texts/index.ts';

type Json = Readonly<Record<string, unknown>>;

const DESCRIPTION = `The operators' API of Tallystick: products, devices and physical units, what happened to them, and how far a write has come.

- **Tokens**: \`Authorization: Bearer <token>\`; the first one stands in \`$TALLYSTICK_HOME/admin-token\` and has all scopes; POST /tokens issues others. An operation names in \`x-scopes\` those of which a token needs one; none implies another.
- **Tenants** are isolated: what belongs to another tenant is answered as what does not exist. A token acts for its own tenant; one with admin in tenant \`default\` may name another in \`Tallystick-Tenant\`.
- **Writes** take \`Idempotency-Key\` and \`If-Match\`, and answer with \`ETag\` (the revision) and \`Tallystick-Position\` (the position). What was refused is not kept under its \`Idempotency-Key\` and is tried anew.
- **Reads** take \`after\`, a position: they wait for the view to reach it.
- **Lists** take \`limit\` and \`cursor\`.
- **Requests** may carry an id in \`X-Request-Id\`; every answer names its request there.
- **Errors** are \`application/problem+json\` (RFC 9457), each with a \`code\`; 429 and 503 carry \`Retry-After\`, 405 carries \`Allow\`.
- **Events** that other applications read stand on Kafka: see /asyncapi.json.`;

const SERVERS: readonly Json[] = [
  { url: '/', description: 'The registry that serves this document' },
  { url: 'http://127.0.0.1:8080', description: 'What `npm start` runs on this machine' },
];

function requestBody({ body, streams }: Route): Json {
  if (streams) {
    const content = Object.entries(STREAMED_EXAMPLES).map(([type, example]) => [
      ...[type, { schema: { type: 'string' }, example }],
    ]);
    return { requestBody: { required: true, content: Object.fromEntries(content) as Json } };
  }
  if (body === undefined) return {};
  const schema = { $ref: `#/components/schemas/${body}` };
  const content = { 'application/json': { schema, example: EXAMPLES[body] } };
  return { requestBody: { required: body !== 'Empty', content } };
}

function operation(route: Route): Json {
  const { operationId } = route;
  const { tag, summary, description } = OPERATION_TEXTS[operationId];
  return {
    ...{ operationId, tags: [tag], summary, description },
    parameters: parametersOf(route),
    ...requestBody(route),
    responses: responsesOf(route),
    ...(isOpen(route) ? { security: [] } : { 'x-scopes': scopesOf(route) }),
  };
}

/** openapi.json, made of the same schemas that check the bodies. */
export function openApiDocument(): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of ROUTES)
    paths[route.path] = { ...paths[route.path], [route.method]: operation(route) };
  return {
    openapi: '3.1.1',
    info: {
      title: 'Tallystick',
      summary: 'An event-sourced identity platform for IoT fleets',
      description: DESCRIPTION,
      version: '0.1.0',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: SERVERS,
    security: [{ bearer: [] }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas: componentSchemas(),
      headers: HEADERS,
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description: 'A token of this installation; the first one is made at the first start.',
        },
      },
    },
  };
}
