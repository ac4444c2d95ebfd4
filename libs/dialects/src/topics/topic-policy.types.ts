/** What a session may touch. Called with topics and filters that are valid MQTT. */
export interface TopicPolicy {
  readonly mayPublish: (topic: string) => boolean;
  readonly maySubscribe: (filter: string) => boolean;
}

/** Whose topics they are. */
export interface DeviceNames {
  readonly productKey: string;
  readonly deviceKey: string;
  readonly deviceId: string;
}
