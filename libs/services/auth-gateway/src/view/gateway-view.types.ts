import type { Lane } from '@tallystick/contracts';
import type { Clock, EventBus, ViewStore } from '@tallystick/ports';
import type { Logger } from '@tallystick/services-edge';
import type { RowChange } from './fold-record.ts';

export interface GatewayViewDeps {
  readonly store: ViewStore;
  /** Why it begins empty though it was whole before; null: it does not. */
  readonly readAnew: string | null;
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Names the consumer groups; of this incarnation, so that no dead member is waited for. */
  readonly groupPrefix: string;
  /** After the transaction and before the positions are reported: cuts what the changes forbid. */
  readonly onChanges: (changes: readonly RowChange[]) => void;
  readonly onProgress: (advanced: Lane) => void;
  /** The view is whole, and may lack what the one before it held. */
  readonly onRead: () => void;
  readonly onFailed: (error: Error) => void;
}
