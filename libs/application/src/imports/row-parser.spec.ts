import { describe, expect, it } from 'vitest';
import { createRowParser, type ImportFormat } from './row-parser.ts';
import type { SourceRow } from './row.types.ts';

/** All rows of a file that comes in pieces of so many bytes; a bad file as `path: message`. */
function parse(
  file: string | Uint8Array,
  { format = 'csv' as ImportFormat, productKey = 'pk' as string | null, piece = 7 } = {},
): readonly SourceRow[] | string {
  const bytes = Buffer.from(file);
  const parser = createRowParser(format, productKey);
  const rows: SourceRow[] = [];
  for (let at = 0; at < bytes.length; at += piece) {
    const some = parser.push(bytes.subarray(at, at + piece));
    if (!some.ok) return `${some.error.path}: ${some.error.message}`;
    rows.push(...some.value);
  }
  const last = parser.end();
  if (!last.ok) return `${last.error.path}: ${last.error.message}`;
  return [...rows, ...last.value];
}

/** `key` of a row that may be registered; `code: detail` of one that is refused. */
function told(file: string | Uint8Array, options: Parameters<typeof parse>[1] = {}) {
  const rows = parse(file, options);
  if (typeof rows === 'string') return rows;
  return rows.map(({ read }) =>
    read.ok ? (read.value.deviceKey ?? 'allocated') : `${read.error.code}: ${read.error.detail}`,
  );
}

const valuesOf = (file: string, options: Parameters<typeof parse>[1] = {}) => {
  const rows = parse(file, options);
  return typeof rows === 'string' ? [] : rows.map(({ read }) => (read.ok ? read.value : null));
};

describe('rows of a CSV', () => {
  it('given every column, then every field, and an empty one is absent', () => {
    const header = 'productKey,deviceKey,deviceId,deviceSecret,name,tags.room,tags.floor';
    expect(valuesOf(`${header}\np,k,i,secret-1,Boiler,hall,\n`)).toEqual([
      {
        ...{ productKey: 'p', deviceKey: 'k', deviceId: 'i', deviceSecret: 'secret-1' },
        ...{ name: 'Boiler', tags: { room: 'hall' } },
      },
    ]);
    expect(valuesOf(`${header}\n,,,,,,\n`)).toEqual([
      {
        ...{ productKey: 'pk', deviceKey: null, deviceId: null, deviceSecret: null },
        ...{ name: null, tags: {} },
      },
    ]);
  });

  it.each([
    ['LF', 'deviceKey\na\nb\n'],
    ['CRLF', 'deviceKey\r\na\r\nb\r\n'],
    ['no line end after the last row', 'deviceKey\na\nb'],
    ['a byte order mark', '\ufeffdeviceKey\na\nb\n'],
    ['empty lines', 'deviceKey\n\na\n\nb\n\n'],
    ['quotes around it all', '"deviceKey"\n"a"\n"b"\n'],
  ])('given %s, then the same rows', (_, file) => {
    for (const piece of [1, 3, 1_000]) expect(told(file, { piece })).toEqual(['a', 'b']);
  });

  it('given quotes, commas and doubled quotes in a quoted field, then they are part of it', () => {
    const [row] = valuesOf('deviceKey,name\nk,"a ""b"", c"\n');
    expect(row?.name).toBe('a "b", c');
  });

  it.each([
    ['a quote inside', 'k,a"b', 'field 2: a quote inside, unquoted'],
    ['text after a closing quote', 'k,"a"b', 'field 2: text follows its closing quote'],
    ['a quote that is never closed', 'k,"a', 'a quoted field does not end on its line'],
    ['too few fields', 'k', 'the row has 1 fields, and the header 2'],
    ['too many fields', 'k,a,b', 'the row has 3 fields, and the header 2'],
    ['a NUL', 'k,a\0b', 'name: no control characters (holds U+0000)'],
  ])('given %s, then that line alone is refused', (_, line, detail) => {
    expect(told(`deviceKey,name\nx,1\n${line}\ny,2\nz,"3"\n`)).toEqual([
      ...['x', `invalid-field: ${detail}`, 'y', 'z'],
    ]);
  });

  it('given a quoted field over two lines, then one row is refused', () => {
    const file = 'deviceKey,name\nk,"one\ntwo"\ny,2\n';
    expect(told(file)).toEqual(['invalid-field: name: no control characters (holds U+000A)', 'y']);
  });

  it('given bytes that are no UTF-8, or a line that is too long, then that line alone is refused', () => {
    const bad = Buffer.concat([
      Buffer.from('deviceKey,name\na,1\nb,'),
      Buffer.of(0xc3, 0x28),
      Buffer.from(`\nc,${'x'.repeat(70_000)}\nd,4\n`),
    ]);
    for (const piece of [64, 100_000])
      expect(told(bad, { piece })).toEqual([
        'a',
        'invalid-field: the line is not UTF-8',
        'invalid-field: the line is longer than 65536 bytes',
        'd',
      ]);
  });

  it.each([
    ['a bidirectional override', 'k\u202e1', 'U+202E'],
    ['a combining mark', 'ke\u0301', 'U+0301'],
    ['a letter of another script', 'к1', 'U+043A'],
  ])('given %s in a key, then its code point is named, and it is never echoed', (_, key, named) => {
    const rows = parse(`deviceKey\n${key}\n`);
    const read = typeof rows === 'string' ? undefined : rows[0]?.read;
    expect(read).toMatchObject({ ok: false, error: { code: 'invalid-field' } });
    const error = read?.ok === false ? read.error : { detail: '', deviceKey: '' };
    expect(error.detail).toContain(`deviceKey: must be 1 to 128 of`);
    expect(error.detail).toContain(`(holds ${named})`);
    expect(error.detail + error.deviceKey).toMatch(/^[\x20-\x7e]*$/);
  });

  it('given names and tags in any script, then they are taken; given what steers text, then not', () => {
    expect(valuesOf('name,tags.ort\nПомпа é,北\n')[0]).toMatchObject({
      ...{ name: 'Помпа é', tags: { ort: '北' } },
    });
    expect(told('name,tags.ort\na\u202eb,x\na,\u2066x\n')).toEqual([
      'invalid-field: name: no bidirectional control characters (holds U+202E)',
      'invalid-field: tags.ort: no bidirectional control characters (holds U+2066)',
    ]);
  });

  it('given a secret that is not of its form, then nothing of it is told', () => {
    expect(told('deviceSecret\nsé\n')).toEqual([
      'invalid-field: deviceSecret: must be 6 to 64 printable ASCII characters',
    ]);
  });

  it.each([
    ['a secret that may stand in its place', 'name,deviceSecret,deviceKey', ''],
    ['no secret in the file', 'name,tags.a,deviceKey', 'secret-1'],
    ['a key before all else', 'deviceKey,deviceSecret,name', 'Hall'],
  ])('given a comma without quotes, and %s in %j, then the row has the key %j', (_, head, key) => {
    const [row] = parse(`${head}\nHall, north,secret-1,k\n`);
    expect(row).toMatchObject({ read: { error: { code: 'invalid-field', deviceKey: key } } });
  });

  it.each([
    ['an unknown column', 'deviceKey,colour\n', /^colour: unknown column/],
    ['a doubled column', 'deviceKey,deviceKey\n', /^deviceKey: .*twice/],
    ['a tag of no name', 'tags.\n', /^tags\.: /],
    ['the tag __proto__', 'tags.__proto__\n', /^tags\.__proto__: /],
    ['a header that is no CSV', '"deviceKey\n', /^header: /],
    ['a header of UTF-16', Buffer.from('\ufeffdeviceKey\n', 'utf16le'), /^header: .*not UTF-8/],
    ['a header without an end', 'x'.repeat(70_000), /^header: .*longer than 65536 bytes/],
    ['nothing at all', '', /^: the body is empty/],
  ])('given %s, then the file is refused', (_, file, told) => {
    expect(parse(file)).toMatch(told);
  });

  it('given no product key in header or query, then the file is refused', () => {
    expect(parse('deviceKey\nk\n', { productKey: null })).toMatch(/^productKey: /);
    expect(parse('productKey\np\n', { productKey: null })).toHaveLength(1);
  });

  it('given a file that broke off, then its whole lines are rows', () => {
    const parser = createRowParser('csv', 'pk');
    parser.push(Buffer.from('deviceKey,name\n'));
    parser.push(Buffer.from('a,"open\nb,2\nc,'));
    expect(parser.cut().map(({ read }) => read.ok)).toEqual([false, true]);
  });
});

describe('rows of lines of JSON', () => {
  const lines = (...some: readonly string[]) => told(some.join('\n'), { format: 'ndjson' });

  it('given the fields of POST /devices, then a row; null is absent', () => {
    expect(
      valuesOf('{"deviceKey":"k","name":null,"tags":{"a":"1"}}\n{}', { format: 'ndjson' }),
    ).toEqual([
      {
        ...{ productKey: 'pk', deviceKey: 'k', deviceId: null, deviceSecret: null, name: null },
        tags: { a: '1' },
      },
      {
        ...{ productKey: 'pk', deviceKey: null, deviceId: null, deviceSecret: null, name: null },
        tags: {},
      },
    ]);
  });

  it.each([
    ['no JSON', '{"deviceKey":', 'invalid-field: the line is not JSON'],
    ['no object', '[1]', 'invalid-field: the line is not a JSON object'],
    ['an unknown field', '{"colour":"red"}', 'unknown-field: colour: unknown field'],
    ['another type', '{"deviceKey":7}', 'invalid-field: deviceKey: must be a string'],
    ['a tag of another type', '{"tags":{"a":1}}', 'invalid-field: tags.a: must be a string'],
    ['a lone surrogate', '{"name":"\\ud800"}', 'invalid-field: name: no control characters'],
    ['the tag __proto__', '{"tags":{"__proto__":"x"}}', /^invalid-field: tags\.__proto__/],
  ])('given %s, then that line alone is refused', (_, line, detail) => {
    expect(lines('{"deviceKey":"a"}', line, '{"deviceKey":"b"}')).toEqual([
      'a',
      typeof detail === 'string' ? detail : (expect.stringMatching(detail) as string),
      'b',
    ]);
  });

  it('given no product key in line or query, then the row is refused', () => {
    expect(told('{"deviceKey":"k"}', { format: 'ndjson', productKey: null })).toEqual([
      'invalid-field: productKey: missing',
    ]);
  });
});
