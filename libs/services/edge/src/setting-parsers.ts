import { err, ok, type Result } from '@tallystick/kernel';

export type Parser<T> = (text: string) => Result<T, string>;

export const text: Parser<string> = (value) => ok(value);

export const optionalText: Parser<string | null> = (value) => ok(value === '' ? null : value);

export function integer(min: number, max: number): Parser<number> {
  return (value) => {
    const parsed = /^\d{1,15}$/.test(value) ? Number(value) : NaN;
    return parsed >= min && parsed <= max
      ? ok(parsed)
      : err(`must be a whole number from ${min} to ${max}`);
  };
}

const portNumber = integer(0, 65_535);

/** 0: any free one; null (`off`): closed. */
export const port: Parser<number | null> = (value) => {
  if (value.toLowerCase() === 'off') return ok(null);
  const parsed = portNumber(value);
  return parsed.ok ? parsed : err(`${parsed.error}, or off`);
};

/** What stands between commas. */
export const items = (value: string): readonly string[] =>
  value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');

export const urls: Parser<readonly string[]> = (value) => {
  const found = items(value).map((item) => item.replace(/\/+$/, ''));
  return found.length > 0 && found.every((item) => /^https?:\/\/[^/\s]+/.test(item))
    ? ok(found)
    : err('must be one or more http:// or https:// addresses, separated by commas');
};

export const hostPorts: Parser<readonly string[]> = (value) => {
  const found = items(value);
  return found.every((item) => /^.+:\d{1,5}$/.test(item))
    ? ok(found)
    : err('must be host:port, several with commas');
};

export function oneOf<const T extends string>(...allowed: readonly T[]): Parser<T | null> {
  return (value) => {
    if (value === '') return ok(null);
    const found = allowed.find((item) => item === value.toLowerCase());
    return found === undefined ? err(`must be one of ${allowed.join(', ')}`) : ok(found);
  };
}

/** One that must be said. */
export function word<const T extends string>(...allowed: readonly T[]): Parser<T> {
  return (value) => {
    const found = allowed.find((item) => item === value.toLowerCase());
    return found === undefined ? err(`must be one of ${allowed.join(', ')}`) : ok(found);
  };
}

export function matching(shape: RegExp, words: string): Parser<string> {
  return (value) => (shape.test(value) ? ok(value) : err(`must be ${words}`));
}

export const databaseUrl: Parser<string | null> = (value) => {
  if (value === '') return ok(null);
  return /^postgres(ql)?:\/\//.test(value) ? ok(value) : err('must begin with postgres://');
};
