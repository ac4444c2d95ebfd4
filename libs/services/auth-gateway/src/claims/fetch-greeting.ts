import {
  toEnosActivation,
  toRegisterReply,
  type DialectMessage,
  type FetchDelivery,
} from '@tallystick/dialects';
import { assertNever } from '@tallystick/kernel';
import type { SecretGrant } from './secret-claims.ts';

/** What is pushed to a device that asked for its secret; Huawei's asks once more before. */
export function greetingOf(
  delivery: Exclude<FetchDelivery, 'regnwl'>,
  name: { readonly productKey: string; readonly deviceKey: string },
  { deviceId, deviceSecret }: Pick<SecretGrant, 'deviceId' | 'deviceSecret'>,
): readonly DialectMessage[] {
  switch (delivery) {
    case 'enos':
      return [toEnosActivation({ ...name, deviceId, deviceSecret })];
    case 'register':
      return [toRegisterReply({ ...name, deviceSecret })];
    case 'bootstrap':
      return [];
    default:
      return assertNever(delivery);
  }
}
