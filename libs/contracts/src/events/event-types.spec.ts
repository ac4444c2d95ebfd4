import type {
  DeviceEvent,
  JobEvent,
  ProductEvent,
  TenantEvent,
  TokenEvent,
} from '@tallystick/domain';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { z } from 'zod';
import type { JsonObject } from '@tallystick/kernel';
import type { DecisionRecord } from '../bus/decisions.types.ts';
import type { PresenceEvent } from '../bus/presence.types.ts';
import type { deviceStored } from './device.schema.ts';
import { EVENT_TYPES } from './event-types.ts';
import type { DeepReadonly } from './fields.schema.ts';
import { parseStored } from './parse-stored.ts';
import type { platformStored } from './platform.schema.ts';
import type { decisionsPublic, presencePublic } from './presence.schema.ts';
import type { productStored } from './product.schema.ts';
import { toPublicData } from './public-data.ts';
import type { unitsStored } from './units.schema.ts';

type DataBySchema<Schemas extends Record<string, z.ZodType>> = {
  readonly [Name in keyof Schemas]: DeepReadonly<z.infer<Schemas[Name]>>;
};
type DataByType<Event extends { readonly type: string; readonly data: object }> = {
  readonly [Name in Event['type']]: DeepReadonly<Extract<Event, { readonly type: Name }>['data']>;
};

const folder = new URL('./fixtures/', import.meta.url);
const samples = (name: string): readonly JsonObject[] =>
  JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as readonly JsonObject[];
const fixtures = readdirSync(folder).map((file) => {
  const [type = '', version = ''] = file.split('.');
  return { file, type, version: Number(version.slice(1)) };
});
const definitionOf = (type: string) => EVENT_TYPES.find(({ name }) => name === type);

describe('event types', () => {
  it('have schemas that equal the types of the domain and of the bus', () => {
    expectTypeOf<DataBySchema<typeof productStored>>().toEqualTypeOf<DataByType<ProductEvent>>();
    expectTypeOf<DataBySchema<typeof deviceStored & typeof unitsStored>>().toEqualTypeOf<
      DataByType<DeviceEvent>
    >();
    expectTypeOf<DataBySchema<typeof platformStored>>().toEqualTypeOf<
      DataByType<TenantEvent | TokenEvent | JobEvent>
    >();
    expectTypeOf<DataBySchema<typeof presencePublic>>().toEqualTypeOf<DataByType<PresenceEvent>>();
    expectTypeOf<
      DeepReadonly<z.infer<(typeof decisionsPublic)['ConnectDenied']>>
    >().toExtend<DecisionRecord>();
  });

  it('have a fixture for each version', () => {
    const wanted = EVENT_TYPES.flatMap(({ name, schemaVersion }) =>
      Array.from({ length: schemaVersion }, (_, before) => `${name}.v${before + 1}.json`),
    );
    expect(fixtures.map(({ file }) => file).sort()).toEqual(wanted.sort());
  });

  it.each(fixtures)('still read $file', ({ file, type, version }) => {
    const definition = definitionOf(type);
    for (const data of samples(file)) {
      if (definition?.stored) {
        expect(parseStored({ type, schemaVersion: version, data })).toEqual({
          ok: true,
          value: { type, data },
        });
      }
      expect(definition?.public.safeParse(toPublicData(type, data)).success).toBe(true);
    }
  });

  it('show no secret id and no token hash', () => {
    for (const { file, type } of fixtures) {
      for (const data of samples(file))
        expect(JSON.stringify(toPublicData(type, data))).not.toMatch(/secretId|tokenHash/);
    }
  });
});

describe('a stored event', () => {
  it('of a later version is refused', () => {
    expect(parseStored({ type: 'DeviceEnabled', schemaVersion: 2, data: {} })).toEqual({
      ok: false,
      error: { code: 'unknown-event-version', type: 'DeviceEnabled', version: 2 },
    });
  });

  it('of an unknown type is refused', () => {
    expect(parseStored({ type: 'DeviceTeleported', schemaVersion: 1, data: {} }).ok).toBe(false);
    expect(parseStored({ type: 'toString', schemaVersion: 1, data: {} }).ok).toBe(false);
  });

  it('with a field of the wrong type is refused without its value', () => {
    const refused = parseStored({
      type: 'ProductDeleted',
      schemaVersion: 1,
      data: { productKey: 7 },
    });
    expect(refused).toEqual({
      ok: false,
      error: {
        code: 'malformed-event',
        type: 'ProductDeleted',
        problem: 'productKey: invalid_type',
      },
    });
  });
});
