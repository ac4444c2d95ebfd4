import {
  clientIdField,
  deviceIdField,
  deviceKeyField,
  jobField,
  productKeyField,
  tenantField,
  tokenIdField,
} from '@tallystick/contracts';
import { z } from 'zod';
import { SOME } from './examples/some.ts';

export type Json = Readonly<Record<string, unknown>>;

interface ParameterText {
  readonly description: string;
  readonly schema: Json;
  readonly example: unknown;
}

function ofField(field: z.ZodType): Json {
  const schema = Object.entries(z.toJSONSchema(field, { io: 'input' }));
  return Object.fromEntries(schema.filter(([keyword]) => keyword !== '$schema'));
}

const position = { type: 'integer', minimum: 0, maximum: 999_999_999_999_999 };
const text = { type: 'string' };

/** Every parameter of a path, a query or a header, by its name. */
export const PARAMETERS = {
  productKey: {
    description: 'The key of a product: 1 to 32 of A–Z a–z 0–9 _',
    schema: ofField(productKeyField),
    example: SOME.productKey,
  },
  deviceKey: {
    description: 'The name of a device, unique in its product: 1 to 128 of A–Z a–z 0–9 . _ : @ -',
    schema: ofField(deviceKeyField),
    example: SOME.deviceKey,
  },
  deviceId: {
    description: 'The id of a device in this life: 1 to 256 of A–Z a–z 0–9 _ -',
    schema: ofField(deviceIdField),
    example: SOME.deviceId,
  },
  clientId: {
    description:
      'What a physical unit calls itself: 1 to 64 characters, with EnOS’s braces 1 to 128',
    schema: ofField(clientIdField),
    example: SOME.clientId,
  },
  sessionId: {
    description: 'The id of a session, as GET …/sessions lists it',
    schema: { type: 'string', pattern: '^[\\x21-\\x7e]{1,128}$' },
    example: SOME.sessionId,
  },
  gatewayId: {
    description: 'The id of a gateway, as GET /gateways lists it',
    schema: { type: 'string', pattern: '^[A-Za-z0-9._-]{1,128}$' },
    example: SOME.gatewayId,
  },
  tokenId: {
    description: 'The id of a token, as GET /tokens lists it',
    schema: ofField(tokenIdField),
    example: SOME.tokenId,
  },
  position: {
    description: 'A position of the store, as Tallystick-Position of a write names it',
    schema: position,
    example: SOME.position,
  },
  file: {
    description: 'The name of a file of the page',
    schema: { type: 'string', enum: ['swagger-ui.css', 'swagger-ui-bundle.js', 'start.js'] },
    example: 'start.js',
  },
  status: {
    description: 'Only devices that people are shown as this',
    schema: { type: 'string', enum: ['inactive', 'online', 'offline', 'disabled'] },
    example: 'online',
  },
  searchProducts: {
    description: 'Only products whose key or name begins so, capital and small letters apart',
    schema: { type: 'string', minLength: 1, maxLength: 256 },
    example: 'Boil',
  },
  since: {
    description: 'From when on, 24 h ago at the earliest; left out, from there on',
    schema: { type: 'string', format: 'date-time' },
    example: '2026-11-28T09:00:00Z',
  },
  until: {
    description: 'Up to when; left out, up to now',
    schema: { type: 'string', format: 'date-time' },
    example: '2026-11-28T10:00:00Z',
  },
  step: {
    description: 'Seconds of one step, a multiple of 60',
    schema: { type: 'integer', minimum: 60, maximum: 86_400, multipleOf: 60, default: 60 },
    example: 300,
  },
  searchDevices: {
    description: 'Only devices whose device key or device id begins so',
    schema: { type: 'string', pattern: '^[A-Za-z0-9._:@-]{1,128}$' },
    example: 'dv_01',
  },
  jobId: {
    description: 'The id of an import, as POST /devices/import answers it',
    schema: ofField(jobField),
    example: SOME.jobId,
  },
  dryRun: {
    description: 'true: the same rows and answers, and nothing is registered',
    schema: { type: 'boolean', default: false },
    example: true,
  },
  state: {
    description: 'Only rows of this state',
    schema: { type: 'string', enum: ['accepted', 'refused', 'kept', 'undone'] },
    example: 'refused',
  },
  'tag.*': {
    description:
      'Only devices whose tags have these values: each `tag.<name>=<value>` is a parameter of its own',
    schema: {
      type: 'object',
      patternProperties: { '^tag\\..': text },
      additionalProperties: false,
      default: {},
    },
    example: { 'tag.room': 'hall-7' },
  },
  limit: {
    description: 'At most so many rows in a page',
    schema: { type: 'integer', minimum: 1, maximum: 1_000, default: 100 },
    example: 50,
  },
  limitOfDevices: {
    description: 'At most so many devices in a page',
    schema: { type: 'integer', minimum: 1, maximum: 500, default: 100 },
    example: 50,
  },
  cursor: {
    description: 'The `nextCursor` of the page before',
    schema: { type: 'string', minLength: 1, maxLength: 1_024 },
    example: SOME.deviceId,
  },
  after: {
    description:
      'Waits, for at most 5 s, until the view has reached this position; 503 view-behind when it has not',
    schema: position,
    // A position that every store has reached: what is tried from this page answers at once.
    example: 1,
  },
  wait: {
    description: 'Seconds to wait for the gateways, at most 30; decimals are allowed',
    schema: { type: 'number', minimum: 0, maximum: 30 },
    example: 5,
  },
  topic: {
    description:
      'The topic to follow, without the prefix of the installation: one of identity.*, or telemetry, what the devices of the tenant publish',
    schema: { type: 'string', minLength: 1, maxLength: 64, default: 'identity.events.v1' },
    example: 'identity.presence.v1',
  },
  from: {
    description: 'earliest: all that is kept; latest: only what comes; or a position to go on from',
    schema: { oneOf: [{ type: 'string', enum: ['earliest', 'latest'] }, position] },
    example: 'earliest',
  },
  'Last-Event-ID': {
    description: 'The id of the last event that was received: the stream goes on after it',
    schema: { type: 'string', maxLength: 1_024 },
    example: '1207/1795893939000/0-41',
  },
  'Tallystick-Tenant': {
    description: 'The tenant to act for; left out, the one of the token',
    schema: ofField(tenantField),
    example: 'default',
  },
  'X-Request-Id': {
    description:
      'The caller’s id of this request: 1 to 128 of A–Z a–z 0–9 . _ -; anything else is passed over and a new one is made. The answer carries it',
    schema: text,
    example: SOME.requestId,
  },
  'Idempotency-Key': {
    description:
      'The same key with the same request gets the same answer for 24 h, secrets included, and nothing is done twice. What was refused with 4xx or 5xx is not kept and is tried anew; another request under the same key is 409 idempotency-mismatch.',
    schema: { type: 'string', pattern: '^[\\x20-\\x7e]{1,255}$' },
    example: '5f0c6f2e-7a52-4c3e-9b1d-2f4a6c8e0b05',
  },
  'If-Match': {
    description:
      'The revision that the resource must still have, in quotation marks, as ETag gave it; else 412 stale-revision',
    schema: { type: 'string', pattern: '^"(0|[1-9][0-9]*)"$' },
    example: '"3"',
  },
} as const satisfies Readonly<Record<string, ParameterText>>;

export type ParameterName = keyof typeof PARAMETERS;

/** Those that one name means in several lists. */
const SHOWN_AS: Partial<Record<ParameterName, string>> = {
  limitOfDevices: 'limit',
  searchDevices: 'q',
  searchProducts: 'q',
  since: 'from',
  until: 'to',
};

/** As it stands in the URL. */
export const shownName = (name: ParameterName): string => SHOWN_AS[name] ?? name;
