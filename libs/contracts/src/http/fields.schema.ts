import { z } from 'zod';

/** What the HTTP API allows in a name. A dialect may allow less. */
export const productKeyField = z.string().regex(/^[A-Za-z0-9_]{1,32}$/, '1 to 32 of A-Z a-z 0-9 _');

export const deviceKeyField = z
  .string()
  .regex(/^[A-Za-z0-9._:@-]{1,128}$/, '1 to 128 of A-Z a-z 0-9 . _ : @ -');

export const deviceIdField = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,256}$/, '1 to 256 of A-Z a-z 0-9 _ -');

/** What the platform allocates: `dv_` and 26 of lower-case Crockford base32. */
export const ALLOCATED_DEVICE_ID = /^dv_[0-9a-hjkmnp-tv-z]{26}$/;

/** An id that a caller gives: it may not look like an allocated one. */
export const givenDeviceIdField = deviceIdField.refine((id) => !ALLOCATED_DEVICE_ID.test(id), {
  message: 'this form is kept for ids that the platform allocates',
});

export const secretField = z
  .string()
  .regex(/^[\x20-\x7e]{6,64}$/, '6 to 64 printable ASCII characters');

/** At most 64 characters, or 128 with what EnOS's SDKs write in braces. */
export const clientIdField = z.string().min(1).max(128);

export const tenantField = z.string().regex(/^[a-z0-9-]{1,32}$/, '1 to 32 of a-z 0-9 -');

// Well-formed UTF-16 without control characters: what every store and every log can keep as it is.
const keepable = (value: string): boolean => value.isWellFormed() && !/\p{Cc}/u.test(value);
const text = (least: number, most: number) =>
  z.string().min(least).max(most).refine(keepable, { message: 'no control characters' });

export const nameField = text(1, 256);
/** A name after what it is of, as `token:line 1`. */
export const actorField = text(1, 'person:'.length + 256);
export const reasonField = text(0, 256);

export const tagNameField = text(1, 64);
export const tagValueField = text(0, 256);
export const tagsField = z
  .record(tagNameField, tagValueField)
  .refine((tags) => Object.keys(tags).length <= 64, { message: 'at most 64 tags' });

/** Up to ten years. */
export const secondsField = z.int().min(1).max(315_360_000);

/** Store positions and revisions: JSON numbers, exact up to 2^53. */
export const positionField = z.int().min(0);
export const revisionField = z.int().min(1);

/** RFC 3339, UTC, milliseconds. */
export const timeField = z.iso.datetime({ precision: 3 });
