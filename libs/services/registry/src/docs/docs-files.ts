import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/**
 * Nothing may be loaded from, or sent to, another server. Inline styles: the viewer sets them on
 * its elements.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

export const DOCS_HEADERS = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
} as const;

/** Paths are relative, so that a prefix of a proxy before /docs does no harm. */
export const DOCS_PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Tallystick: the operators' API</title>
    <link rel="icon" href="data:," />
    <link rel="stylesheet" href="docs/swagger-ui.css" />
  </head>
  <body>
    <div id="viewer"></div>
    <script src="docs/swagger-ui-bundle.js"></script>
    <script src="docs/start.js"></script>
  </body>
</html>
`;

/** validatorUrl null: the viewer would show a badge of a validator on the internet. */
const START = `SwaggerUIBundle({
  url: 'openapi.json',
  dom_id: '#viewer',
  deepLinking: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
});
`;

export interface DocsFile {
  readonly contentType: string;
  readonly content: string;
}

const TYPES: ReadonlyMap<string, string> = new Map([
  ['swagger-ui.css', 'text/css; charset=utf-8'],
  ['swagger-ui-bundle.js', 'text/javascript; charset=utf-8'],
  ['start.js', 'text/javascript; charset=utf-8'],
]);

/** What these files name at their end, and nobody is served. */
const SOURCE_MAP = /\n?(\/\*|\/\/)# sourceMappingURL=.*$/;

async function readViewer(name: string): Promise<string> {
  const viewer = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  const text = await readFile(join(viewer, name), 'utf8');
  return text.trimEnd().replace(SOURCE_MAP, '');
}

const read = new Map<string, Promise<string>>();

/**
 * One of the few files of the page; null: there is no such. They are read once, when they are first
 * asked for.
 */
export async function loadDocsFile(name: string): Promise<DocsFile | null> {
  const contentType = TYPES.get(name);
  if (contentType === undefined) return null;
  const content =
    read.get(name) ?? (name === 'start.js' ? Promise.resolve(START) : readViewer(name));
  read.set(name, content);
  return { contentType, content: await content };
}
