/**
 * Devices of a bench are numbered; their secrets follow from their names, so that no list has to be
 * passed on.
 */
export interface NumberedDevices {
  readonly productKey: string;
  readonly prefix: string;
  readonly count: number;
}

export const deviceKeyOf = ({ prefix }: Pick<NumberedDevices, 'prefix'>, n: number): string =>
  `${prefix}${String(n).padStart(6, '0')}`;

export const secretOf = (deviceKey: string): string => `secret-of-${deviceKey}`;
