import { decodeJson } from './topics.ts';
import { parseRfc3339, toRfc3339, type EpochMs, type JsonObject } from '@tallystick/kernel';

/** The writer of a fact, at the end of `ce_source`. */
const SOURCE_APPS = ['registry', 'ca-bridge', 'session-tracker', 'auth-gateway'] as const;

export type SourceApp = (typeof SOURCE_APPS)[number];

const sourceOf = (app: SourceApp): string => `/tallystick/${app}`;

/**
 * Where a fact stands: in a stream of the store, in a device's sessions, or nowhere (a count of
 * decisions).
 */
export type EventPlace =
  | {
      readonly in: 'stream';
      readonly stream: string;
      readonly revision: number;
      readonly position: number;
    }
  | { readonly in: 'sessions'; readonly epoch: number }
  | { readonly in: 'none' };

/** CloudEvents 1.0 attributes and our extensions. */
export interface EventAttributes {
  readonly app: SourceApp;
  readonly id: string;
  /** Without the `tallystick.` and the version. */
  readonly type: string;
  readonly schemaVersion: number;
  readonly time: EpochMs;
  readonly tenant: string;
  /** The device id; null where the event is of no device. */
  readonly subject: string | null;
  readonly actor: string;
  readonly correlationId: string;
  readonly causationId: string;
  readonly traceparent?: string;
  readonly place: EventPlace;
}

export type Headers = Readonly<Record<string, string>>;

const CONTENT_TYPE = 'application/json';

/** The absolute URI of an event type's JSON Schema, as asyncapi.json gives it in `$id`. */
export function schemaUri(type: string, version: number): string {
  return `urn:tallystick:schema:${type}:v${version}`;
}

/**
 * Headers of the Kafka binding's binary content mode (CloudEvents Kafka protocol binding 1.0,
 * section 3.2). Readers rely on these names.
 */
export function toCloudEventHeaders(event: EventAttributes): Record<string, string> {
  const headers: Record<string, string> = {
    'content-type': CONTENT_TYPE,
    ce_specversion: '1.0',
    ce_id: event.id,
    ce_source: sourceOf(event.app),
    ce_type: `tallystick.${event.type}.v${event.schemaVersion}`,
    ce_time: toRfc3339(event.time),
    ce_dataschema: schemaUri(event.type, event.schemaVersion),
    ce_tenantid: event.tenant,
    ce_actor: event.actor,
    ce_correlationid: event.correlationId,
    ce_causationid: event.causationId,
  };
  if (event.subject !== null) headers['ce_subject'] = event.subject;
  if (event.traceparent !== undefined) headers['ce_traceparent'] = event.traceparent;
  addPlace(headers, event.place);
  return headers;
}

function addPlace(headers: Record<string, string>, place: EventPlace): void {
  if (place.in === 'sessions') headers['ce_epoch'] = String(place.epoch);
  if (place.in !== 'stream') return;
  headers['ce_stream'] = place.stream;
  headers['ce_streamversion'] = String(place.revision);
  headers['ce_globalposition'] = String(place.position);
}

const TYPE = /^tallystick\.([A-Za-z]+)\.v(\d+)$/;

/** What {@link toCloudEventHeaders} wrote; null: not an event of ours. */
export function fromCloudEventHeaders(headers: Headers): EventAttributes | null {
  const read = (name: string): string => headers[name] ?? '';
  const app = SOURCE_APPS.find((one) => read('ce_source') === sourceOf(one));
  const [, type, version] = TYPE.exec(read('ce_type')) ?? [];
  const time = parseRfc3339(read('ce_time'));
  if (app === undefined || type === undefined || time === null || read('ce_id') === '') return null;
  const traceparent = headers['ce_traceparent'];
  return {
    app,
    id: read('ce_id'),
    type,
    schemaVersion: Number(version),
    time,
    tenant: read('ce_tenantid'),
    subject: headers['ce_subject'] ?? null,
    actor: read('ce_actor'),
    correlationId: read('ce_correlationid'),
    causationId: read('ce_causationid'),
    ...(traceparent === undefined ? {} : { traceparent }),
    place: placeOf(headers),
  };
}

function placeOf(headers: Headers): EventPlace {
  const { ce_stream: stream, ce_epoch: epoch } = headers;
  if (epoch !== undefined) return { in: 'sessions', epoch: Number(epoch) };
  if (stream === undefined) return { in: 'none' };
  const revision = Number(headers['ce_streamversion']);
  return { in: 'stream', stream, revision, position: Number(headers['ce_globalposition']) };
}

/**
 * The same event in structured JSON (CloudEvents JSON format 1.0): every attribute a string, the
 * data as JSON. null: no CloudEvent, or a tombstone's data is null.
 */
export function toStructured(record: {
  readonly headers: Headers;
  readonly value: Uint8Array | null;
}): JsonObject | null {
  if (record.headers['ce_specversion'] === undefined) return null;
  const event: Record<string, JsonObject[string]> = {};
  for (const [name, value] of Object.entries(record.headers)) {
    if (name.startsWith('ce_')) event[name.slice('ce_'.length)] = value;
  }
  if (record.value === null) return event;
  event['datacontenttype'] = record.headers['content-type'] ?? CONTENT_TYPE;
  event['data'] = decodeJson(record.value);
  return event;
}
