import { PortError } from '@tallystick/kernel';

/**
 * Whether this process may append: judged within the transaction that would, so that no database
 * which was put in another's place is written to.
 */
export interface AppendGuard {
  requireHead(position: number): void;
  refuse(why: string | null): void;
  /** Throws PortError `lost-tail`. */
  check(head: number): void;
}

export function createAppendGuard(): AppendGuard {
  let floor = 0;
  let refused: string | null = null;
  return {
    requireHead(position) {
      if (position > floor) floor = position;
    },
    refuse(why) {
      refused = why;
    },
    check(head) {
      if (refused !== null) throw new PortError('lost-tail', refused);
      if (head < floor)
        throw new PortError(
          'lost-tail',
          `the store ends at position ${head}, and the bus was told of ${floor}`,
        );
    },
  };
}
