/**
 * One leader per name among the processes that share a store. For liveness only: a stopped process
 * loses the lead within seconds, but may believe in it a little longer; safety is the bus's fence.
 */
export interface Leadership {
  /**
   * Calls `lead` each time this process becomes the leader, with a signal that aborts when the lead
   * is lost or `stop` is called, and awaits it before campaigning again. A `lead` that returns or
   * throws gives the lead up; the next campaign starts after a pause.
   */
  campaign(name: string, lead: (signal: AbortSignal) => Promise<void>): Campaign;
}

export interface Campaign {
  /**
   * Ends the lead, if held, and the campaign. Resolves when `lead` has ended and the lock is free.
   */
  stop(): Promise<void>;
}
