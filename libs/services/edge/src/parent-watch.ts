/**
 * Calls back once when the process that started this one is gone, also after kill -9. The bootstrap
 * opens a channel that carries no messages: when it closes, the parent has ended. A process that is
 * started without such a channel (by a process manager) may live longer than its parent.
 */
export function whenParentIsGone(tell: () => void, self: NodeJS.Process = process): void {
  if (self.connected === false) return tell();
  if (self.channel === undefined || self.channel === null) return;
  self.once('disconnect', tell);
  // A listener would keep the channel open, and with it the process.
  self.channel.unref();
}
