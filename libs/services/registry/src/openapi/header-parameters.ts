import { tenantField } from '@tallystick/contracts';
import { SOME } from './examples/some.ts';
import { ofField, text, type ParameterText } from './parameter-text.ts';

/** What stands in a header of a request. */
export const HEADER_PARAMETERS = {
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
