import { PortError } from '@tallystick/kernel';

/**
 * Lets callers of one key in one after another, in order of arrival; callers of different keys do
 * not wait for each other. PortError `unavailable` (retriable) where too many wait for that key
 * already.
 */
export interface KeyedLock {
  run<T>(key: string, work: () => Promise<T>): Promise<T>;
}

/**
 * Nobody could wait longer than this in the time of a call: each one before it takes at least a
 * read and an append.
 */
const MOST_WAITING = 1_000;

interface Queue {
  tail: Promise<unknown>;
  waiting: number;
}

export function createKeyedLock(mostWaiting = MOST_WAITING): KeyedLock {
  const queues = new Map<string, Queue>();
  return {
    async run(key, work) {
      const queue = queues.get(key) ?? { tail: Promise.resolve(), waiting: 0 };
      if (queue.waiting >= mostWaiting)
        throw new PortError('unavailable', 'too many calls wait for the same name');
      const mine = queue.waiting === 0 ? work() : queue.tail.then(work, work);
      queue.tail = mine;
      queue.waiting += 1;
      queues.set(key, queue);
      try {
        return await mine;
      } finally {
        queue.waiting -= 1;
        if (queue.waiting === 0) queues.delete(key);
      }
    },
  };
}
