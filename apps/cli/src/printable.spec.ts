import { describe, expect, it } from 'vitest';
import { card, table } from './output.ts';
import { onOneLine, printable } from './printable.ts';
import { givenApi } from './testing/fake-api.ts';

/** Clears a screen, turns the order of what follows, begins a line, ends one on some terminals. */
const HOSTILE = 'a\u001b[2Jb\u202ec\nd\u2028e\u009bf\u{e0041}';
const SHOWN = String.raw`a\u001b[2Jb\u202ec\u000ad\u2028e\u009bf\udb40\udc41`;

describe('what reaches a terminal', () => {
  const api = givenApi();

  it('given characters that steer it, then their code is shown', () => {
    expect(onOneLine(HOSTILE)).toBe(SHOWN);
    expect(printable('one\ntwo\r\n')).toBe('one\ntwo\\u000d\n');
    expect(onOneLine('half \ud800 of one')).toBe(String.raw`half \ud800 of one`);
  });

  it('given words of any language, then they are left as they are', () => {
    const words = 'Größe 温度 مقياس Å é 👍';
    expect(printable(words)).toBe(words);
  });

  it('given them in a table or a card, then its lines stay its own', () => {
    expect(table([{ name: HOSTILE }], ['name'])).toBe(`name\n${SHOWN}`);
    expect(card({ [HOSTILE]: HOSTILE })).toBe(`${SHOWN}  ${SHOWN}`);
  });

  it('given them in JSON, then it means the same', async () => {
    api.answer(() => ({ body: { name: HOSTILE } }));
    const { out } = await api.type('devices get dv_1 --json');
    expect(out).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}]/u);
    expect(JSON.parse(out)).toEqual({ name: HOSTILE });
  });

  it('given them in a refusal, then it is one line', async () => {
    api.answer(() => ({ status: 409, body: { code: HOSTILE, detail: HOSTILE } }));
    const { code, err } = await api.type('devices get dv_1');
    expect({ code, err }).toEqual({ code: 1, err: `tallystick: ${SHOWN} (${SHOWN})` });
  });
});
