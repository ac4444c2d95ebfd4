/** How many reads of the store one lane makes at a time. */
const READS_AT_ONCE = 16;

const isSettled = <R>(results: readonly (R | Promise<R>)[]): results is readonly R[] =>
  !results.some((one) => one instanceof Promise);

/** What the work gives for each item, in their order; so many are worked on at once. */
export async function eachAtOnce<T, R>(
  items: readonly T[],
  work: (item: T) => R | Promise<R>,
): Promise<readonly R[]> {
  const done: R[] = [];
  for (let at = 0; at < items.length; at += READS_AT_ONCE) {
    const some = items.slice(at, at + READS_AT_ONCE).map(work);
    // Streams that begin in the batch are folded at once: nothing is to be waited for.
    done.push(...(isSettled(some) ? some : await Promise.all(some)));
  }
  return done;
}
