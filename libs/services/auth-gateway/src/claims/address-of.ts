/** The host of `ip:port`. */
export const hostOf = (remoteAddress: string): string =>
  remoteAddress.slice(0, remoteAddress.lastIndexOf(':'));
