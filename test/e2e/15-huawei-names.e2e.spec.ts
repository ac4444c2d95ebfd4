import { givenAllInOne, givenPlatform } from './harness/given.ts';
import { huaweiNamesConformance } from './huawei-names.conformance.ts';

const platform = givenPlatform({ gateways: 2 });
huaweiNamesConformance('separate apps on Kafka and PostgreSQL', {
  api: (...call) => platform.api(...call),
  mqtt: (gateway) => platform.mqtt(gateway),
  gateways: 2,
});

const allInOne = givenAllInOne();
huaweiNamesConformance('all in one', {
  api: (...call) => allInOne.api(...call),
  mqtt: () => allInOne.app.ports['mqtt'] ?? 0,
  gateways: 1,
});
