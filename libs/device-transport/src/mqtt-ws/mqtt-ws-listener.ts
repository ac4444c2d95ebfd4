import type { DeviceListener } from '@tallystick/ports';
import { openMqtt, type MqttListenerOptions } from '../mqtt/mqtt-listener.ts';
import { WsCarrier } from './ws-carrier.ts';

/** MQTT 3.1.1 over WebSocket (section 6): path `/mqtt`, subprotocol `mqtt`, `ws` and `wss`. */
export const createMqttWsListener = <I, R>(
  options: MqttListenerOptions<I, R>,
): Promise<DeviceListener<I>> => openMqtt(options, (context) => new WsCarrier(context));
