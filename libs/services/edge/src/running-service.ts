/** Health of one dependency: `ok`, or a few words on what is wrong (never a secret). */
export type Checks = Readonly<Record<string, string>>;

/** What a service's composition function answers: a started service. */
export interface RunningService {
  readonly name: string;
  /** For /readyz; ready means that it may be sent traffic. */
  ready(): boolean;
  checks(): Checks;
  /** Ends all it started, within 10 s. Idempotent. */
  stop(): Promise<void>;
}
