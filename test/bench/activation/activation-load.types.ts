import type { Child } from '../parts/child.ts';
import type { NumberedDevices } from '../parts/devices.ts';

/** Devices that know their product's secret alone, each asks once for its own. */
export interface ActivationLoad {
  /** mqtt: one connection each, from the CONNECT to the secret; http: keep-alive connections. */
  readonly over: 'mqtt' | 'http';
  readonly port: number;
  readonly devices: NumberedDevices;
  readonly productSecret: string;
  readonly inFlight: number;
}

export interface ActivationLoaded {
  readonly seconds: number;
  /** How many were given the secret that is theirs. */
  readonly given: number;
  /** Answers that say: try again. They tried at once, and their time counts on. */
  readonly retries: number;
  /** The first other answer. */
  readonly firstOther: string | null;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export type ActivationGenerator = Child<ActivationLoad, ActivationLoaded>;
