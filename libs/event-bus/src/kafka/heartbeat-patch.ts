import ConsumerGroup from 'kafkajs/src/consumer/consumerGroup.js';

/**
 * kafkajs counts a heartbeat's interval by the wall clock: set back by ten minutes, a member says
 * nothing for ten minutes, and its group gives its partitions away behind its back. A last
 * heartbeat of the future was under another clock.
 */
export function patchHeartbeat(): void {
  const { prototype } = ConsumerGroup;
  const { heartbeat } = prototype;
  prototype.heartbeat = function heartbeatByAnyClock(interval) {
    if (this.lastRequest > Date.now()) this.lastRequest = 0;
    return heartbeat.call(this, interval);
  };
}
