/**
 * `{username}_{type}_{check}_{YYYYMMDDHH}`, or `{username}_0_{scope}[_0_{YYYYMMDDHH}]` of a
 * bootstrap. The id may hold `_`, so the username is taken off the front.
 */
const REST = /^_(?:[0-3]_[0-2]_\d{10}|0_[^_|]+(?:_0_\d{10})?)$/;

const DEVICE_ID = /^[A-Za-z0-9_-]{1,256}$/;

/** The username is the device's id. */
export function parseHuaweiUsername(username: string): string | null {
  return DEVICE_ID.test(username) ? username : null;
}

export function isHuaweiClientId(clientId: string, username: string | null): boolean {
  if (username === null || username === '' || !clientId.startsWith(`${username}_`)) return false;
  return REST.test(clientId.slice(username.length));
}
