// No file may reach itself by what it imports, type-only imports included: what stands in a circle
// cannot be read, tested or moved alone. (Circles between projects are Nx's to forbid.)
export default {
  forbidden: [{ name: 'no-circles', severity: 'error', from: {}, to: { circular: true } }],
  options: {
    // Also the imports that are gone once the types are.
    tsPreCompilationDeps: true,
    includeOnly: '^(apps|libs|test|deploy)/',
    exclude: { path: '(^|/)(dist|node_modules)/' },
  },
};
