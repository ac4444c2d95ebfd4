import { describe } from 'vitest';
import { alibabaSdksConformance } from './alibaba-sdks.conformance.ts';
import { anyClientConformance } from './any-client.conformance.ts';
import { enosSdkConformance } from './enos-sdk.conformance.ts';
import { huaweiSdkConformance } from './huawei-sdk.conformance.ts';
import { givenPlatformWorld } from './world.ts';

describe('unmodified clients of devices and the separate apps', () => {
  const world = givenPlatformWorld();
  alibabaSdksConformance(world);
  enosSdkConformance(world);
  huaweiSdkConformance(world);
  anyClientConformance(world);
});
