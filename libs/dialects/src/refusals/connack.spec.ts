import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { DialectName } from '../connect/claim.types.ts';
import { connackOf } from './connack.ts';
import { REFUSAL_REASONS, type RefusalReason } from './refusal-reasons.ts';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const rows = readme
  .split('\n')
  .filter((line) => line.startsWith('|') && !/^[| -]+$/.test(line))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
const [head = [], ...body] = rows;
const cells = body.flatMap(([reason = '', ...codes]) =>
  codes.map((code, i) => ({ reason, dialect: head[i + 1] ?? '', code: Number(code) })),
);

describe("the README's table of refusals", () => {
  it('has a row for every reason and a column for every dialect', () => {
    expect(head).toEqual(['reason', 'alibaba', 'enos', 'huawei']);
    expect(body.map(([reason]) => reason)).toEqual([...REFUSAL_REASONS]);
  });

  it.each(cells)('$reason in $dialect answers $code', ({ reason, dialect, code }) => {
    expect(connackOf(reason as RefusalReason, dialect as DialectName)).toBe(code);
  });
});
