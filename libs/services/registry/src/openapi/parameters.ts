import {
  actorField,
  clientIdField,
  deviceIdField,
  deviceKeyField,
  jobField,
  productKeyField,
  tokenIdField,
} from '@tallystick/contracts';
import { SOME } from './examples/some.ts';
import { HEADER_PARAMETERS } from './header-parameters.ts';
import { ofField, text, type ParameterText } from './parameter-text.ts';

const position = { type: 'integer', minimum: 0, maximum: 999_999_999_999_999 };

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
  checkId: {
    description: 'The id of a comparison or a rebuild of views',
    schema: { type: 'string', pattern: '^[A-Za-z0-9-]{1,64}$' },
    example: SOME.checkId,
  },
  view: {
    description: 'The name of a view, as GET /views lists it',
    schema: { type: 'string', pattern: '^[a-z-]{1,32}$' },
    example: 'devices',
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
  subject: {
    description: 'Only rows of this resource, by its id',
    schema: { type: 'string', minLength: 1, maxLength: 256 },
    example: SOME.deviceId,
  },
  actor: {
    description: 'Only what this actor did, as a row names it',
    schema: ofField(actorField),
    example: 'token:production line',
  },
  fromTime: {
    description: 'Only what is not older, in RFC 3339',
    schema: { type: 'string', format: 'date-time' },
    example: SOME.registeredAt,
  },
  toTime: {
    description: 'Only what is older, in RFC 3339',
    schema: { type: 'string', format: 'date-time' },
    example: SOME.now,
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
  ...HEADER_PARAMETERS,
} as const satisfies Readonly<Record<string, ParameterText>>;

export type ParameterName = keyof typeof PARAMETERS;

/** Those that one name means in several lists. */
const SHOWN_AS: Partial<Record<ParameterName, string>> = {
  limitOfDevices: 'limit',
  searchDevices: 'q',
  searchProducts: 'q',
  since: 'from',
  until: 'to',
  fromTime: 'from',
  toTime: 'to',
};

/** As it stands in the URL. */
export const shownName = (name: ParameterName): string => SHOWN_AS[name] ?? name;
