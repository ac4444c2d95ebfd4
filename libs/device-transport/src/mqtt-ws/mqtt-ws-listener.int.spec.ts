import { deviceListenerConformance } from '@tallystick/test-kit';
import { listenWsFor } from '../mqtt/testing/listen-for.ts';
import { MqttDevice } from '../mqtt/testing/mqtt-device.ts';
import { openWs } from './testing/ws-client.ts';

deviceListenerConformance('MQTT over WebSocket', {
  listen: (authority) => listenWsFor(authority),
  connect: async (port, claim) => {
    const client = await openWs(port);
    return new MqttDevice(client, claim, () => client.ws.terminate());
  },
});
