/** A file of so many devices, for the import of a registry. */
export interface Upload {
  readonly port: number;
  readonly token: string;
  readonly productKey: string;
  readonly prefix: string;
  readonly count: number;
}

export interface Uploaded {
  /** From the first byte to the answer. */
  readonly seconds: number;
  readonly jobId: string;
  readonly position: number;
}
