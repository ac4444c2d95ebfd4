/** Alibaba refuses a keep-alive outside 30 to 1,200 seconds; 0 (none at all) is outside. */
export function isAlibabaKeepAlive(seconds: number): boolean {
  return seconds >= 30 && seconds <= 1_200;
}
