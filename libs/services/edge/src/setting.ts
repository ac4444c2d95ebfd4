import type { Parser } from './setting-parsers.ts';

export interface Setting<T> {
  readonly fallback: string;
  readonly help: string;
  readonly parse: Parser<T>;
}

export const setting = <T>(fallback: string, parser: Parser<T>, help: string): Setting<T> => ({
  fallback,
  help,
  parse: parser,
});
