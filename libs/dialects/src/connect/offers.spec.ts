import { describe, expect, it } from 'vitest';
import { readTable } from '../fixtures/read-table.ts';
import { connackOf } from '../refusals/connack.ts';
import type { WireConnect } from './claim.types.ts';
import { parseClaims } from './parse-claims.ts';

type Example = readonly [clientId: string, username: string, password?: string];

const HOUR = '2026112012';

/** One CONNECT for each row of the README's table, in its order. */
const EXAMPLES: readonly Example[] = [
  ['c|securemode=3,signmethod=hmacsha256,timestamp=1|', 'dn&pk'],
  ['|securemode=3,signmethod=hmacsha256,timestamp=1|', 'dn&pk'],
  ['pk.dn', 'dn&pk&22524608000000'],
  ['c|securemode=2,authType=register,random=1,signmethod=hmacsha256|', 'dn&pk'],
  ['c|securemode=-2,authType=regnwl,random=1,signmethod=hmacsha256|', 'dn&pk'],
  ['CID|securemode=-2|', 'dn&pk'],
  ['c|securemode=8,authType=id2,signmethod=hmacsha256|', 'dn&pk'],
  ['c|securemode=2,signmethod=hmacsha256|', '&'],
  ['c|securemode=2, signmethod=hmacsha1,timestamp=1.5|', 'dk&pk'],
  ['c|securemode=3,signmethod=sha256,timestamp=1|', 'dk&pk'],
  ['pk|securemode=4,signmethod=sha256,timestamp=1|', '%channel%&pk'],
  ['c|securemode=2,signmethod=sha256,timestamp=1|', '%VIRT_GATEWAY%&pk', '*'],
  ['c|securemode=2,signmethod=sha256|', 'dk&pk'],
  [`id_0_0_${HOUR}`, 'id'],
  [`id_2_1_${HOUR}`, 'id'],
  [`id_0_2_${HOUR}`, 'id'],
  [`id_0_scope_0_${HOUR}`, 'id'],
  ['id_0_scope', 'id', ''],
  [`id_3_0_${HOUR}`, 'id'],
  [`id_0_0_${HOUR}`, 'id', ''],
  [`id_1_0_${HOUR}`, 'id'],
];

const [head, ...rows] = readTable('What a device may be, and what it is answered');

/** As the row says it. A mode that is not offered is answered so once its proof is right. */
function answerTo(dialect: string, [clientId, username, password = 'ab']: Example): string {
  const speaks: WireConnect['speaks'] = dialect === 'enos' ? 'enos' : null;
  const bytes = password === '' ? null : new TextEncoder().encode(password);
  const parsed = parseClaims({ speaks, clientId, username, password: bytes });
  const kind = parsed.kind === 'claims' ? (parsed.claims[0]?.kind ?? '') : null;
  if (kind !== null && kind !== 'not-offered') return `served: ${kind}`;
  const reason = parsed.kind === 'malformed' ? parsed.reason : 'mode-not-offered';
  return `${String(connackOf(reason, null))} ${reason}`;
}

describe("the README's table of what is served", () => {
  it('has an example for every row', () => {
    expect(head).toEqual(['dialect', 'what', 'answer']);
    expect(rows).toHaveLength(EXAMPLES.length);
  });

  it.each(
    rows.map(([dialect = '', what = '', answer = ''], at) => ({ dialect, what, answer, at })),
  )('$dialect, $what: $answer', ({ dialect, answer, at }) => {
    expect(answerTo(dialect, EXAMPLES[at] ?? ['', ''])).toBe(answer);
  });
});
