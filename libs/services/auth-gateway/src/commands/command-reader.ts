import { parseBusCommand, TOPICS, type BusCommand, type CloseReason } from '@tallystick/contracts';
import type { BusSubscription, EventBus, ViewStore } from '@tallystick/ports';

export interface CommandTargets {
  readonly gatewayId: string;
  readonly cut: (sessionId: string, reason: CloseReason) => boolean;
  readonly fenced: (command: Extract<BusCommand, { readonly kind: 'fence' }>) => void;
}

/** Acts on what names this gateway; a kick ends that one session and no other. */
export function obey(command: BusCommand, targets: CommandTargets): void {
  if (command.kind === 'fence') targets.fenced(command);
  if (command.kind === 'kick' && command.gatewayId === targets.gatewayId)
    targets.cut(command.sessionId, command.reason);
}

const MARK = 'commands';

/**
 * Reads on from where this gateway stood: none is missed while it joins, and what is read again
 * names sessions and terms that are gone. The offset stands beside the view, so that a view that is
 * thrown away reads the commands of the last day again.
 */
export function readCommands(
  bus: EventBus,
  group: string,
  store: Pick<ViewStore, 'checkpoint' | 'apply'>,
  targets: CommandTargets,
  onFailed: (error: Error) => void,
): Promise<BusSubscription> {
  return bus.subscribe({
    topics: [TOPICS.commands],
    group,
    from: 'own',
    onFailed,
    onAssigned: async (gained) => {
      const offset = store.checkpoint(MARK);
      return gained.map((id) => ({ ...id, offset: typeof offset === 'number' ? offset : 0 }));
    },
    onBatch: async ({ records }) => {
      for (const { value } of records) {
        const command = parseBusCommand(value);
        if (command !== null) obey(command, targets);
      }
      await store.apply([], { [MARK]: (records.at(-1)?.offset ?? -1) + 1 });
    },
  });
}
