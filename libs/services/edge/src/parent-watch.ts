/**
 * Calls back once when the process that started this one is gone, also when nothing could be told
 * any more (kill -9). The bootstrap opens a channel on which nothing is ever said: its end is its
 * parent's end. Whoever is started without one, as under a process manager, may outlive its parent.
 */
export function whenParentIsGone(tell: () => void, self: NodeJS.Process = process): void {
  if (self.connected === false) return tell();
  if (self.channel === undefined || self.channel === null) return;
  self.once('disconnect', tell);
  // Whoever listens keeps the channel open, and with it the process.
  self.channel.unref();
}
