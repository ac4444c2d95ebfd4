import { expect, it } from 'vitest';
import { nodeHasher } from './hasher.ts';

const hour = '2026112012';
const secret = Buffer.from('3b935a250c50dc2c6d481d048cefdc3c');

/** The vectors that Huawei's Python and Java SDKs give: their key is the hour. */
it.each([
  ['sha256', 'ba6f610566cea1cc0fb8eb2ecd41f3b10b3f72c048d4247cbcecee275ff4fad5'],
  ['sm3', '5b15cf62bd4c04aa8c84c4d3befa4fc7e14eb8cc7a49e3628004596bd10c7da0'],
] as const)('keyed by its content, %s gives H1 and H3', (algorithm, expected) => {
  const candidate = { scheme: 'keyed-by-content', algorithm, content: hour } as const;
  expect(Buffer.from(nodeHasher.proof(candidate, secret)).toString('hex')).toBe(expected);
});

it('the secret of a group gives H6', () => {
  const candidate = { scheme: 'group', algorithm: 'sha256', content: hour } as const;
  const group = Buffer.from('Z3JvdXAtc2VjcmV0LTE2Yg==', 'base64');
  const proof = nodeHasher.proof({ ...candidate, derivedFor: 'prod_node_01' }, group);
  expect(Buffer.from(proof).toString('hex')).toBe(
    '3356f97080abb1cb5793c00abaf25e84f8184bc4d8e425b5073cae999976b50d',
  );
});
