const USERNAME = /^([A-Za-z0-9._:@-]{1,128})&([A-Za-z0-9_]{1,32})$/;

/**
 * `{deviceKey}&{productKey}`: the username of Alibaba and EnOS. Identity is taken from here, never
 * from the ClientId.
 */
export function parseUsername(
  username: string,
): { readonly deviceKey: string; readonly productKey: string } | null {
  const [, deviceKey, productKey] = USERNAME.exec(username) ?? [];
  return deviceKey === undefined || productKey === undefined ? null : { deviceKey, productKey };
}
