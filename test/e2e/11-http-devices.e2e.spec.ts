import { givenAllInOne, givenPlatform } from './harness/given.ts';
import { httpDevicesConformance } from './http-devices.conformance.ts';

const platform = givenPlatform({ gateways: 2 });
httpDevicesConformance('separate apps on Kafka and PostgreSQL', {
  api: (...call) => platform.api(...call),
  http: (gateway) => platform.gateways[gateway]?.ports['deviceHttp'] ?? 0,
  gateways: 2,
});

const allInOne = givenAllInOne();
httpDevicesConformance('all in one', {
  api: (...call) => allInOne.api(...call),
  http: () => allInOne.app.ports['deviceHttp'] ?? 0,
  gateways: 1,
});
