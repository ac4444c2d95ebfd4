import { createEventBus } from '@tallystick/event-bus';
import { createLogger, systemClock, systemIds } from '@tallystick/services-edge';
import { SessionTracker } from './session-tracker.ts';

/** A tracker of its own process, to be killed. Arguments: brokers, topic prefix, partitions. */
const [brokers = '', topicPrefix = '', partitions = '1'] = process.argv.slice(2);
const bus = await createEventBus({
  brokers: brokers.split(','),
  topicPrefix,
  partitions: Number(partitions),
});
const logger = createLogger('spec', 'error');
const deps = { bus, clock: systemClock, ids: systemIds, logger, leaseMs: 60_000 };
const tracker = await SessionTracker.start(deps);

process.on('SIGTERM', () => {
  void tracker.stop().then(async () => {
    await bus.close();
    process.exit(0);
  });
});
// An orphan ends with its spec.
process.on('disconnect', () => process.exit(1));

const looking = setInterval(() => {
  if (!tracker.caughtUp()) return;
  clearInterval(looking);
  process.send?.('ready');
}, 20);
