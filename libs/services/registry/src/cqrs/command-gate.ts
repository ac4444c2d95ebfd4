import type { Command, CommandBus } from '@nestjs/cqrs';
import { PortError } from '@tallystick/kernel';

/**
 * The command bus for whoever begins before the HTTP side has made it: what is sent waits until
 * then.
 */
export interface CommandGate {
  execute<Answer>(command: Command<Answer>): Promise<Answer>;
  open(bus: CommandBus): void;
  /** Commands that still wait get PortError `closed`. */
  close(): void;
}

export function createCommandGate(): CommandGate {
  const opened = Promise.withResolvers<CommandBus>();
  opened.promise.catch(() => undefined);
  return {
    execute: async (command) => (await opened.promise).execute(command),
    open: opened.resolve,
    close: () => opened.reject(new PortError('closed', 'the registry has ended')),
  };
}
