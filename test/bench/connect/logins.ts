import { alibabaLogin, type Login } from '../../e2e/harness/mqtt-device.ts';
import { deviceKeyOf, secretOf, type NumberedDevices } from '../parts/devices.ts';

/** Alibaba's static triple of each device. All servers are shown the same bytes. */
export function loginsOf(devices: NumberedDevices): readonly Login[] {
  return Array.from({ length: devices.count }, (_, n) => {
    const deviceKey = deviceKeyOf(devices, n);
    return alibabaLogin(devices.productKey, deviceKey, secretOf(deviceKey));
  });
}
