import { asyncApiDocument } from '@tallystick/contracts';
import { BaseResolver, createConfig, lintFromString } from '@redocly/openapi-core';
import { describe, expect, it } from 'vitest';
import { COMPONENTS } from './components.ts';
import { EXAMPLES } from './examples/examples.ts';
import { openApiDocument } from './openapi.ts';
import { ROUTES } from './routes.ts';

interface Described {
  readonly name?: string;
  readonly description?: string;
  readonly example?: unknown;
  readonly examples?: object;
  readonly schema?: { readonly pattern?: string };
}
interface Content {
  readonly content?: Readonly<Record<string, Described>>;
}
interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly parameters: readonly Described[];
  readonly requestBody?: Content;
  readonly responses: Readonly<Record<string, Content & { readonly description: string }>>;
}
interface Document {
  readonly servers: readonly { readonly url: string }[];
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

const document = openApiDocument() as unknown as Document;
const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));
const exampled = (given: Described): boolean =>
  'example' in given || 'examples' in given || 'examples' in (given.schema ?? {});

/** Nothing is fetched: what refers elsewhere is an error. */
class OfflineResolver extends BaseResolver {
  override loadExternalRef(ref: string): Promise<never> {
    return Promise.reject(new Error(`the document refers to ${ref}`));
  }
}

async function problemsOf(
  given: object,
  rules: Readonly<Record<string, 'off'>> = {},
): Promise<readonly object[]> {
  const config = await createConfig({ extends: ['recommended-strict'], rules });
  const problems = await lintFromString({
    ...{ source: JSON.stringify(given), absoluteRef: 'document.json', config },
    externalRefResolver: new OfflineResolver(),
  });
  return problems.map(({ ruleId, message, location }) => {
    return { ruleId, message, at: location[0]?.pointer };
  });
}

describe('asyncapi.json', () => {
  it('is without fault for the linter of Redocly, warnings included', async () => {
    const asyncApi = asyncApiDocument({ topicPrefix: 'here.', partitions: 12 });
    // Who may read is the broker's to say.
    expect(await problemsOf(asyncApi, { 'security-defined': 'off' })).toEqual([]);
  });
});

describe('openapi.json', () => {
  it('is without fault for the linter of Redocly, warnings included', async () => {
    expect(await problemsOf(document)).toEqual([]);
  });

  it('is found fault with, should an operation lack its summary', async () => {
    const text = JSON.stringify(document).replace('"summary":"Create a product",', '');
    expect(await problemsOf(JSON.parse(text) as object)).toContainEqual(
      expect.objectContaining({ ruleId: 'operation-summary' }),
    );
  });

  it.each(operations.map((operation) => [operation.operationId, operation] as const))(
    '%s has a summary, a description, a tag and examples',
    (_, { summary, description, tags, parameters, requestBody, responses }) => {
      expect(summary).toMatch(/^[A-Z].{5,59}[^.]$/);
      expect(description).toMatch(/^[A-Z].{20,}\.$/s);
      expect(document.tags.map(({ name }) => name)).toContain(tags[0]);
      for (const parameter of parameters) {
        expect(parameter.description, parameter.name).toMatch(/.{10,}/);
        expect(exampled(parameter), parameter.name).toBe(true);
      }
      const contents = [requestBody, ...Object.values(responses)].map((one) => one?.content ?? {});
      for (const [type, content] of contents.flatMap((one) => Object.entries(one)))
        expect(exampled(content), type).toBe(true);
      expect(contents.some((one) => Object.keys(one).length > 0)).toBe(true);
    },
  );

  it('has an operation for each route, each with an id of its own', () => {
    const ids = operations.map(({ operationId }) => operationId);
    expect(ids.toSorted()).toEqual(ROUTES.map(({ operationId }) => operationId).toSorted());
    expect(new Set(ids).size).toBe(ids.length);
  });

  it.each(Object.entries(EXAMPLES))('shows a %s that its schema takes', (name, example) => {
    const schema = COMPONENTS[name as keyof typeof COMPONENTS];
    expect(schema.safeParse(example)).toMatchObject({ success: true });
  });

  it('says of what form If-Match is: every quoted revision, and nothing else', () => {
    const writes = operations.filter(({ parameters }) =>
      parameters.some(({ name }) => name === 'If-Match'),
    );
    expect(writes.length).toBeGreaterThan(10);
    for (const { parameters } of writes) {
      const pattern = parameters.find(({ name }) => name === 'If-Match')?.schema?.pattern;
      for (const good of ['"0"', '"3"', '"1204"']) expect(good).toMatch(new RegExp(pattern ?? ''));
      for (const bad of ['3', '"03"', 'W/"3"', '*', '"3" ', '"3","4"'])
        expect(bad).not.toMatch(new RegExp(pattern ?? '$^'));
    }
  });

  it('names where it is served', () => {
    expect(document.servers.map(({ url }) => url)).toEqual(['/', 'http://127.0.0.1:8080']);
  });
});
