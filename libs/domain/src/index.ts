export type * from './device/device.types.ts';
export type * from './product/product.types.ts';
export type * from './units/units.types.ts';
