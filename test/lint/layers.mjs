// Who may import whom (libs/README.md, Rooms). Imports point inward.
const only = (...layers) => layers.map((layer) => `layer:${layer}`);
const NO_FRAMEWORK = [
  '@nestjs/*',
  'fastify',
  'rxjs',
  'reflect-metadata',
  'kafkajs',
  'pg',
  'better-sqlite3',
  'lmdb',
  'aedes',
];

export const depConstraints = [
  { sourceTag: 'layer:kernel', onlyDependOnLibsWithTags: [], allowedExternalImports: ['vitest'] },
  {
    sourceTag: 'layer:domain',
    onlyDependOnLibsWithTags: only('kernel'),
    allowedExternalImports: ['vitest', 'fast-check'],
  },
  {
    sourceTag: 'layer:dialects',
    onlyDependOnLibsWithTags: only('kernel', 'domain'),
    allowedExternalImports: ['vitest', 'fast-check'],
  },
  {
    sourceTag: 'layer:contracts',
    onlyDependOnLibsWithTags: only('kernel', 'domain'),
    bannedExternalImports: NO_FRAMEWORK,
  },
  {
    sourceTag: 'layer:ports',
    onlyDependOnLibsWithTags: only('kernel'),
    allowedExternalImports: ['vitest'],
  },
  {
    sourceTag: 'layer:application',
    onlyDependOnLibsWithTags: only('kernel', 'domain', 'ports', 'contracts', 'test-kit'),
    bannedExternalImports: NO_FRAMEWORK,
  },
  {
    sourceTag: 'layer:projections',
    onlyDependOnLibsWithTags: only('kernel', 'domain', 'ports', 'contracts', 'adapter', 'test-kit'),
    bannedExternalImports: ['@nestjs/*', 'fastify', 'rxjs', 'kafkajs'],
  },
  {
    sourceTag: 'layer:adapter',
    onlyDependOnLibsWithTags: only('kernel', 'ports', 'test-kit'),
    bannedExternalImports: ['@nestjs/*', 'fastify', 'rxjs'],
  },
  {
    sourceTag: 'layer:test-kit',
    onlyDependOnLibsWithTags: only('kernel', 'domain', 'ports', 'contracts'),
    bannedExternalImports: NO_FRAMEWORK,
  },
  {
    sourceTag: 'layer:edge',
    // The lock of a HOME is the store's.
    onlyDependOnLibsWithTags: [
      ...only('kernel', 'ports', 'contracts', 'test-kit'),
      'has:file-lock',
    ],
  },
  {
    sourceTag: 'layer:services',
    onlyDependOnLibsWithTags: only(
      'kernel',
      'domain',
      'dialects',
      'contracts',
      'ports',
      'application',
      'projections',
      'adapter',
      'edge',
      'test-kit',
    ),
  },
  {
    sourceTag: 'layer:app',
    onlyDependOnLibsWithTags: only(
      'kernel',
      'contracts',
      'ports',
      'adapter',
      'application',
      'services',
      'edge',
    ),
  },
];
