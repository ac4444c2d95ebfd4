import type { Clock, ImportJob, ImportJobs, JobState, JobWrite } from '@tallystick/ports';
import type { Patience } from './patience.ts';

/** A holder that writes nothing for so long has lost the work to whoever asks for it. */
export const LEASE_MS = 10_000;

type Deps = {
  readonly jobs: ImportJobs;
  readonly clock: Clock;
  readonly patience: Patience;
};

/** The work on a job, as long as it is this process's. */
export class Holding {
  readonly job: ImportJob;
  readonly #deps: Deps;
  #unsettled: number | null = null;
  #lost = false;

  constructor(job: ImportJob, deps: Deps) {
    this.job = job;
    this.#deps = deps;
  }

  /** False: another holder has the work. */
  async write(what: JobWrite, leaseMs = LEASE_MS): Promise<boolean> {
    if (this.#lost) return false;
    const { jobs, clock, patience } = this.#deps;
    const { jobId, attempt } = this.job;
    const settled = this.#unsettled;
    const written = await patience(() =>
      jobs.write(
        { jobId, attempt, leaseUntil: leaseMs === 0 ? 0 : clock.now() + leaseMs },
        settled === null ? what : { settled, ...what },
      ),
    );
    if (!written) this.#lost = true;
    else if (this.#unsettled === settled) this.#unsettled = null;
    return written;
  }

  /** The devices of the chunk stand in the store: the next write says so. */
  settled(n: number): void {
    this.#unsettled = n;
  }

  /** Ends the work in this state. */
  end(state: JobState): Promise<boolean> {
    return this.write({ state, undoing: false }, 0);
  }
}
