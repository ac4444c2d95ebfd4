import {
  actorField,
  clientIdField,
  deviceKeyField,
  nameField,
  positionParameter,
  productKeyField,
  tagNameField,
  tagValueField,
} from '@tallystick/contracts';
import { parseRfc3339 } from '@tallystick/kernel';
import { z } from 'zod';

/** Every GET may wait for its view: `after` is a store position. */
const after = positionParameter.optional();
const limitTo = (most: number) =>
  z
    .string()
    .refine((text) => /^[1-9]\d{0,3}$/.test(text) && Number(text) <= most, {
      message: `a whole number from 1 to ${most}`,
    })
    .transform(Number)
    .optional();
const limit = limitTo(1_000);
const MOST_DEVICES = 500;
/** The beginning of a device key or id: what neither can have is no search. */
const deviceSearch = z
  .string()
  .regex(/^[A-Za-z0-9._:@-]{1,128}$/, '1 to 128 of A-Z a-z 0-9 . _ : @ -')
  .optional();
const cursor = z.string().min(1).max(1024).optional();

export const getQuery = z.strictObject({ after });
/** What happened to a device, or to one of its units alone. */
export const unitQuery = z.strictObject({ after, clientId: clientIdField.optional() });
export const listQuery = z.strictObject({ after, limit, cursor });
export const productListQuery = z.strictObject({
  ...{ after, limit, cursor },
  q: nameField.optional(),
});

/** What an import takes beside its body. */
export const importQuery = z.strictObject({
  dryRun: z
    .enum(['true', 'false'], { error: 'true or false' })
    .transform((text) => text === 'true')
    .optional(),
  productKey: productKeyField.optional(),
});

const rowState = z.enum(['accepted', 'refused', 'kept', 'undone']).optional();
export const jobRowsQuery = z.strictObject({ after, limit, cursor, state: rowState });

const filters = {
  after,
  limit: limitTo(MOST_DEVICES),
  cursor,
  q: deviceSearch,
  productKey: productKeyField.optional(),
  deviceKey: deviceKeyField.optional(),
  status: z.enum(['inactive', 'online', 'offline', 'disabled']).optional(),
};
const TAG = /^tag\.(?!__proto__$)./u;

/** `tag.x=value`, any number of them, beside the named filters. */
export const deviceListQuery = z.preprocess(
  (query) => (typeof query === 'object' && query !== null ? gatherTags(query) : query),
  z.strictObject({ ...filters, tag: z.record(tagNameField, tagValueField) }),
);

function gatherTags(query: object): object {
  const entries: [string, unknown][] = Object.entries(query);
  const isTag = ([name]: [string, unknown]): boolean => TAG.test(name);
  const tags = entries.filter(isTag).map(([name, value]) => [name.slice('tag.'.length), value]);
  return {
    tag: Object.fromEntries(tags) as object,
    ...Object.fromEntries(entries.filter((entry) => !isTag(entry))),
  };
}

const DAY_SECONDS = 86_400;
const MINUTE_SECONDS = 60;
const instant = z.string().transform((text, context): number => {
  const time = parseRfc3339(text);
  if (time !== null) return time;
  context.addIssue({ code: 'custom', message: 'a time of RFC 3339' });
  return z.NEVER;
});
const isStep = (text: string): boolean =>
  /^[1-9]\d{1,4}$/.test(text) && Number(text) <= DAY_SECONDS && Number(text) % MINUTE_SECONDS === 0;

/** What is kept is counted by the minute. */
export const decisionStatsQuery = z.strictObject({
  after,
  from: instant.optional(),
  to: instant.optional(),
  step: z
    .string()
    .refine(isStep, { message: 'seconds, a multiple of 60, at most 86400' })
    .transform(Number)
    .optional(),
});

export const auditQuery = z.strictObject({
  ...{ after, limit, cursor, from: instant.optional(), to: instant.optional() },
  subject: nameField.optional(),
  actor: actorField.optional(),
});

const LONGEST_WAIT_SECONDS = 30;

export const effectsQuery = z.strictObject({
  after,
  wait: z
    .string()
    .refine((text) => /^\d{1,2}(\.\d{1,3})?$/.test(text) && Number(text) <= LONGEST_WAIT_SECONDS, {
      message: `seconds, at most ${LONGEST_WAIT_SECONDS}`,
    })
    .transform(Number)
    .optional(),
});

export const liveQuery = z.strictObject({
  after,
  topic: z.string().min(1).max(64).optional(),
  from: z
    .union([z.enum(['earliest', 'latest']), positionParameter], {
      error: 'earliest, latest or a position',
    })
    .optional(),
});

export type ImportQuery = z.infer<typeof importQuery>;
export type JobRowsQuery = z.infer<typeof jobRowsQuery>;
export type GetQuery = z.infer<typeof getQuery>;
export type UnitQuery = z.infer<typeof unitQuery>;
export type AuditQuery = z.infer<typeof auditQuery>;
export type ListQuery = z.infer<typeof listQuery>;
export type ProductListQuery = z.infer<typeof productListQuery>;
export type DecisionStatsQuery = z.infer<typeof decisionStatsQuery>;
export type DeviceListQuery = z.infer<typeof deviceListQuery>;
export type EffectsQuery = z.infer<typeof effectsQuery>;
export type LiveQuery = z.infer<typeof liveQuery>;
