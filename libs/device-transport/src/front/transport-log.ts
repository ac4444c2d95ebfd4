/** The part of a logger that the transport uses. Fields never hold credentials or client ids. */
export interface TransportLog {
  warn(fields: object, message: string): void;
  debug(fields: object, message: string): void;
}
