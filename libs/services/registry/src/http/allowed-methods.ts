import { ROUTES } from '../openapi/routes.ts';

interface Known {
  readonly parts: readonly string[];
  readonly methods: readonly string[];
}

const isParameter = (part: string): boolean => part.startsWith('{');

function methodsOf(path: string): readonly string[] {
  const own = ROUTES.filter((route) => route.path === path).map(({ method }) =>
    method.toUpperCase(),
  );
  return own.includes('GET') ? [...own, 'HEAD'] : own;
}

const KNOWN: readonly Known[] = [...new Set(ROUTES.map(({ path }) => path))].map((path) => ({
  parts: path.split('/'),
  methods: methodsOf(path).toSorted(),
}));

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/**
 * What the path of a request takes, in the order of the alphabet; empty: there is nothing at it.
 */
export function allowedMethods(path: string): readonly string[] {
  const parts = path.split('/').map(decoded);
  const fits = (known: Known): boolean =>
    known.parts.length === parts.length &&
    known.parts.every((part, at) => (isParameter(part) ? parts[at] !== '' : part === parts[at]));
  return [...new Set(KNOWN.filter(fits).flatMap(({ methods }) => methods))].toSorted();
}
