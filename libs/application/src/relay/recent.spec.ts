import { expect, it } from 'vitest';
import { createRecent } from './recent.ts';

const numbered = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, n) => `${n}`);

it('remembers the last keys that its capacity holds', () => {
  const recent = createRecent<string>(10);
  for (const key of numbered(95)) recent.set(key, key);
  for (const key of numbered(95).slice(-10)) expect(recent.get(key)).toBe(key);
});

it('forgets in time, however many keys come', () => {
  const recent = createRecent<string>(10);
  const keys = numbered(1_000);
  for (const key of keys) recent.set(key, key);
  expect(keys.filter((key) => recent.get(key) !== undefined).length).toBeLessThanOrEqual(20);
});

it('keeps what is asked for again and again', () => {
  const recent = createRecent<string>(10);
  recent.set('kept', 'yes');
  for (const key of numbered(500)) {
    recent.set(key, key);
    expect(recent.get('kept')).toBe('yes');
  }
});

it('holds the newest value, and nothing once it was cleared', () => {
  const recent = createRecent<string>(2);
  for (const value of ['first', 'second']) recent.set('key', value);
  expect(recent.get('key')).toBe('second');
  recent.clear();
  expect(recent.get('key')).toBeUndefined();
});
