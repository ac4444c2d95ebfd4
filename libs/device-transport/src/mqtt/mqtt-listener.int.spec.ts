import { deviceListenerConformance } from '@tallystick/test-kit';
import { listenFor } from './testing/listen-for.ts';
import { MqttDevice } from './testing/mqtt-device.ts';
import { RawClient } from './testing/raw-client.ts';

deviceListenerConformance('MQTT', {
  listen: (authority) => listenFor(authority),
  connect: async (port, claim) => {
    const client = await RawClient.open(port);
    return new MqttDevice(client, claim, () => client.socket.resetAndDestroy());
  },
});
