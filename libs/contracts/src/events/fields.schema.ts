import { z } from 'zod';

/**
 * Pieces of stored data. They say what was written, not what a caller may write: rules for input
 * may tighten, stored events are for ever. Unknown fields are let through: a later version of the
 * same schema may add optional ones.
 */
export const deviceName = {
  deviceId: z.string(),
  productKey: z.string(),
  deviceKey: z.string(),
  generation: z.int().min(1),
};

export const ofUnit = { ...deviceName, clientId: z.string() };

export const secretVersion = z.int().min(1);
export const secretId = z.string();
export const tags = z.record(z.string(), z.string());
export const time = z.iso.datetime();
export const expiry = time.nullable();

export type DeepReadonly<T> = T extends string | number | boolean | null | undefined
  ? T
  : T extends readonly (infer Item)[]
    ? readonly DeepReadonly<Item>[]
    : { readonly [Key in keyof T]: DeepReadonly<T[Key]> };
