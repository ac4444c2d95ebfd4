/** Levels a topic or filter may have: the matcher behind aedes throws beyond 100. */
const MAX_LEVELS = 100;

function levels(topic: string): number {
  let count = 1;
  for (let i = 0; i < topic.length; i += 1) if (topic.charCodeAt(i) === 47) count += 1;
  return count;
}

export function hasWildcard(filter: string): boolean {
  return filter.includes('+') || filter.includes('#');
}

/** A topic name: not empty [MQTT-4.7.3-1], without wildcards [MQTT-3.3.2-2]. */
export function isTopicName(topic: string): boolean {
  return topic !== '' && !hasWildcard(topic) && levels(topic) <= MAX_LEVELS;
}

/** A topic filter: wildcards fill a whole level, `#` only the last [MQTT-4.7.1-2, -3]. */
export function isTopicFilter(filter: string): boolean {
  if (filter === '' || levels(filter) > MAX_LEVELS) return false;
  if (!hasWildcard(filter)) return true;
  const parts = filter.split('/');
  return parts.every(
    (part, i) => part === '+' || (part === '#' && i === parts.length - 1) || !hasWildcard(part),
  );
}

/**
 * Whether a filter selects a topic; one that begins with a wildcard never selects a `$` topic
 * [MQTT-4.7.2-1].
 */
export function matchesFilter(filter: string, topic: string): boolean {
  if (!hasWildcard(filter)) return filter === topic;
  if (topic.startsWith('$') && hasWildcard(filter.slice(0, 1))) return false;
  const parts = filter.split('/');
  const names = topic.split('/');
  for (const [i, part] of parts.entries()) {
    if (part === '#') return true;
    if (i >= names.length || (part !== '+' && part !== names[i])) return false;
  }
  return parts.length === names.length;
}
