import { describe, expect, it } from 'vitest';
import type { DialectName } from '../connect/claim.types.ts';
import { readTable } from '../fixtures/read-table.ts';
import { connackOf } from './connack.ts';
import { REFUSAL_REASONS, type RefusalReason } from './refusal-reasons.ts';

const rows = readTable('Every refusal, as CONNACK');
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
