import type { Child } from '../parts/child.ts';
import type { NumberedDevices } from '../parts/devices.ts';

/** One connection per CONNECT, closed at its answer. */
export interface ConnectLoad {
  readonly port: number;
  /** A full handshake before each CONNECT: nobody resumes. */
  readonly tls: boolean;
  readonly devices: NumberedDevices;
  /** With passwords that are wrong. */
  readonly wrong: boolean;
  readonly connections: number;
  readonly inFlight: number;
}

export interface ConnectLoaded {
  readonly seconds: number;
  /** CONNACK codes and how many of each; -1: closed without one. */
  readonly codes: Readonly<Record<string, number>>;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export type ConnectGenerator = Child<ConnectLoad, ConnectLoaded>;
