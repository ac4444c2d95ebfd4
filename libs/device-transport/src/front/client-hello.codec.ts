/** What decides which server answers a ClientHello. */
export interface ClientHello {
  /** It offers TLS_PSK_WITH_AES_128_CBC_SHA and no other suite. */
  readonly onlyPsk: boolean;
}
