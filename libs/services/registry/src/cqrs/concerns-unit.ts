import type { TimelineEntryDocument } from '@tallystick/contracts';

/**
 * An event names a unit by its clientId, or among those that it forbids, lets back or tells apart.
 */
export function concerns(
  clientId: string,
): (entry: Pick<TimelineEntryDocument, 'data'>) => boolean {
  const names = (value: unknown): boolean =>
    Array.isArray(value) && value.some((one: unknown) => one === clientId || isUnit(one, clientId));
  return ({ data }) =>
    data['clientId'] === clientId || names(data['forbidden']) || names(data['clientIds']);
}

function isUnit(value: unknown, clientId: string): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    'clientId' in value &&
    value.clientId === clientId
  );
}
