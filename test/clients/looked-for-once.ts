import { MissingPart } from '../stack/missing-part.ts';

/** Looks once in a process; that the machine lacks something is said again each time. */
export function lookedForOnce<Found>(look: () => Found): () => Found {
  let found: { readonly value: Found } | MissingPart | null = null;
  return () => {
    try {
      found ??= { value: look() };
    } catch (error) {
      if (!(error instanceof MissingPart)) throw error;
      found = error;
    }
    if (found instanceof MissingPart) throw found;
    return found.value;
  };
}
