import type { Json } from './parameter-text.ts';
import { PARAMETERS, shownName, type ParameterName } from './parameters.ts';
import { isOpen, isWrite, type Route } from './route.types.ts';

function parameter(name: ParameterName, where: 'path' | 'query' | 'header'): Json {
  const { description, schema, example } = PARAMETERS[name];
  if (where === 'path') return { name, in: where, required: true, description, schema, example };
  // As an object whose fields are each a parameter of its own.
  const form = name === 'tag.*' ? { style: 'form', explode: true } : {};
  // Beside the schema, a viewer would send it as soon as somebody tries the operation out.
  const shown = { ...schema, examples: [example] };
  return { name: shownName(name), in: where, required: false, ...form, description, schema: shown };
}

function inPath(path: string): readonly ParameterName[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => {
    if (Object.hasOwn(PARAMETERS, name)) return name as ParameterName;
    throw new Error(`${path}: nothing is said of the parameter ${name}`);
  });
}

const OF_ALL = ['Tallystick-Tenant', 'X-Request-Id'] as const;
const WRITE_HEADERS = ['Idempotency-Key', 'If-Match'] as const;

/** The parameters of a route: of its path, its query, and its headers. */
export function parametersOf(route: Route): readonly Json[] {
  const path = inPath(route.path).map((name) => parameter(name, 'path'));
  if (isOpen(route)) return path;
  const asked: readonly ParameterName[] = route.query ?? [];
  const query = isWrite(route) ? asked : ([...asked, 'after'] as const);
  const own = route.headers ?? [];
  const headers = [...(isWrite(route) ? WRITE_HEADERS : []), ...own, ...OF_ALL] as const;
  return [
    ...path,
    ...query.map((name) => parameter(name, 'query')),
    ...headers.map((name) => parameter(name, 'header')),
  ];
}
