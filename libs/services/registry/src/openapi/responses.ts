import {
  carriesRetryAfter,
  plainDetail,
  PROBLEMS,
  toProblem,
  type ProblemCode,
} from '@tallystick/contracts';
import type { ComponentName } from './components.ts';
import { EXAMPLES, PLAIN_EXAMPLES } from './examples/examples.ts';
import { isOpen, isWrite, type Route } from './route.types.ts';
import { SOME } from './examples/some.ts';

type Json = Readonly<Record<string, unknown>>;

const text = { type: 'string' };
const ref = (name: string): Json => ({ $ref: `#/components/schemas/${name}` });

const DONE = {
  200: 'Done',
  201: 'Created',
  202: 'Taken',
  204: 'Done; there is nothing left to show',
} as const;

const header = (description: string, example: string): Json => ({
  description,
  schema: text,
  example,
});

/** Of every answer. */
const REQUEST_ID: Json = { 'X-Request-Id': { $ref: '#/components/headers/RequestId' } };

/** Headers that answers share, by their names in the document. */
export const HEADERS: Readonly<Record<string, Json>> = {
  RequestId: {
    description:
      'The id of the request: the caller’s X-Request-Id, if it is 1 to 128 of A–Z a–z 0–9 . _ -, else a new one. The audit and the events (as their correlation id) name it',
    schema: { type: 'string', pattern: '^[A-Za-z0-9._-]{1,128}$' },
    example: SOME.requestId,
  },
};

type Answer = NonNullable<Route['answer']>;
type PlainAnswer = Exclude<Answer, ComponentName>;

const json = (schema: Json, example: unknown): Json => ({
  'application/json': { schema, example },
});

/** What is no component of the document. */
const PLAIN: Readonly<Record<PlainAnswer, Json>> = {
  text: { 'text/plain': { schema: text, example: PLAIN_EXAMPLES.text } },
  events: { 'text/event-stream': { schema: text, example: PLAIN_EXAMPLES.events } },
  csv: { 'text/csv': { schema: text, example: PLAIN_EXAMPLES.csv } },
  html: { 'text/html': { schema: text, example: PLAIN_EXAMPLES.html } },
  file: {
    'text/css': { schema: text, example: PLAIN_EXAMPLES.css },
    'text/javascript': { schema: text, example: PLAIN_EXAMPLES.script },
  },
  openapi: json({ type: 'object' }, PLAIN_EXAMPLES.openapi),
  asyncapi: json({ type: 'object' }, PLAIN_EXAMPLES.asyncapi),
};

const isPlain = (answer: Answer): answer is PlainAnswer => Object.hasOwn(PLAIN, answer);

function contentOf({ answer }: Route): Json {
  if (answer === undefined) return {};
  return isPlain(answer) ? PLAIN[answer] : json(ref(answer), EXAMPLES[answer]);
}

function answerContent(route: Route): Json {
  const content = contentOf(route);
  return Object.keys(content).length === 0 ? {} : { content };
}

function problemsOf(route: Route): readonly ProblemCode[] {
  // What every path answers to another method than its own.
  const always: ProblemCode[] = ['method-not-allowed'];
  if (isOpen(route)) return [...always, ...(route.problems ?? [])];
  const common: ProblemCode[] = ['unknown-field', 'invalid-field', 'unauthenticated', 'forbidden'];
  const write: ProblemCode[] = [
    'idempotency-mismatch',
    'stale-revision',
    'body-too-large',
    'unsupported-media-type',
  ];
  return [
    ...always,
    ...common,
    'tenant-unknown',
    'too-many-requests',
    ...(route.problems ?? []),
    ...(isWrite(route) ? [...write, 'store-lost-tail' as const] : (['view-behind'] as const)),
    'store-unavailable',
  ];
}

function problemResponse(codes: readonly ProblemCode[]): Json {
  const examples = codes.map((code) => [code, { value: toProblem(code, plainDetail(code)) }]);
  const headers = {
    ...REQUEST_ID,
    ...(codes.some(carriesRetryAfter) ? { 'Retry-After': header('Seconds to wait', '1') } : {}),
    ...(codes.includes('method-not-allowed')
      ? { Allow: header('The methods that the path takes', 'GET') }
      : {}),
  };
  return {
    description: codes.map((code) => `${code}: ${PROBLEMS[code].title}`).join('; '),
    headers,
    content: {
      'application/problem+json': {
        schema: ref('Problem'),
        examples: Object.fromEntries(examples) as Json,
      },
    },
  };
}

function problemResponses(route: Route): Json {
  const byStatus = Map.groupBy(problemsOf(route), (code) => PROBLEMS[code].status);
  const responses = [...byStatus].map(([status, codes]) => [status, problemResponse(codes)]);
  return Object.fromEntries(responses) as Json;
}

function successHeaders(route: Route): Json {
  if (!isWrite(route)) return { headers: REQUEST_ID };
  return {
    headers: {
      ...REQUEST_ID,
      ETag: header('The revision of the resource, for If-Match', '"3"'),
      'Tallystick-Position': header(
        'The position of the write: what GET /effects/{position} and `after` take',
        String(SOME.position),
      ),
    },
  };
}

export function responsesOf(route: Route): Json {
  const answer = answerContent(route);
  return {
    [route.status]: { description: DONE[route.status], ...successHeaders(route), ...answer },
    ...(route.or503
      ? {
          503: {
            description: 'Not ready: `checks` says why',
            headers: REQUEST_ID,
            ...answer,
          },
        }
      : {}),
    ...problemResponses(route),
  };
}
