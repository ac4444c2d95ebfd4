declare module 'kafkajs/src/network/requestQueue/index.js' {
  interface RequestQueue {
    throttledUntil: number;
    throttleCheckTimeoutId: NodeJS.Timeout | null;
    readonly pending: readonly unknown[];
    checkPendingRequests(): void;
    scheduleCheckPendingRequests(): void;
  }
  const requestQueue: { readonly prototype: RequestQueue };
  export default requestQueue;
}

declare module 'kafkajs/src/consumer/consumerGroup.js' {
  interface ConsumerGroup {
    lastRequest: number;
    heartbeat(options: { readonly interval: number }): Promise<void>;
  }
  const consumerGroup: { readonly prototype: ConsumerGroup };
  export default consumerGroup;
}
