export interface ViewLoad {
  /** `reopened`: the file that `lmdb` left, every row of which is read once. */
  readonly store: 'lmdb' | 'reopened' | 'map';
  readonly devices: number;
  readonly folder: string;
}

export interface ViewLoaded {
  readonly seconds: number;
  /** Growth of anonymous memory (proc(5): RssAnon). */
  readonly privateBytes: number;
  /** Growth of the JavaScript heap in use. */
  readonly heapBytes: number;
  readonly fileBytes: number;
}
