import { DIALECTS } from '@tallystick/domain';
import type { JsonObject } from '@tallystick/kernel';
import { TOPICS } from '../bus/topics.ts';
import type { ChannelName } from './channels.ts';

const text = { type: 'string' };
const digits = { type: 'string', pattern: '^[0-9]+$' };

/** Where a fact stands: in a device's sessions, nowhere, or in a stream of the store. */
function placeHeaders(
  channel: ChannelName,
  placeless: boolean,
): Readonly<Record<string, JsonObject>> {
  if (placeless) return {};
  if (channel === TOPICS.presence) return { ce_epoch: digits };
  return { ce_stream: text, ce_streamversion: digits, ce_globalposition: digits };
}

/** CloudEvents 1.0 in Kafka's binary mode: each attribute is a header. */
export function headersSchema(channel: ChannelName, placeless: boolean): JsonObject {
  const always = {
    'content-type': { const: 'application/json' },
    ce_specversion: { const: '1.0' },
    ce_id: text,
    ce_source: text,
    ce_type: text,
    ce_time: { type: 'string', format: 'date-time' },
    ce_dataschema: { type: 'string', format: 'uri' },
    ce_tenantid: text,
    ce_actor: text,
    ce_correlationid: text,
    ce_causationid: text,
    ...placeHeaders(channel, placeless),
  };
  const properties = { ...always, ce_subject: text, ce_traceparent: text };
  return { type: 'object', properties, required: Object.keys(always) };
}

export const telemetryHeaders: JsonObject = {
  type: 'object',
  properties: {
    topic: { type: 'string', description: 'The topic, or the path, that the device used' },
    dialect: { type: 'string', enum: DIALECTS },
    clientid: {
      type: 'string',
      description: 'What the device, or its physical unit, calls itself',
    },
  },
  required: ['topic', 'dialect', 'clientid'],
};
