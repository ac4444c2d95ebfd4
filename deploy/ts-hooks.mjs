// Loads TypeScript as it stands, for tools and development. Node 24 strips types itself but refuses
// decorators: esbuild does both.
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { transformSync } from 'esbuild';

const tsconfigRaw = {
  compilerOptions: {
    experimentalDecorators: true,
    verbatimModuleSyntax: true,
    useDefineForClassFields: true,
  },
};

registerHooks({
  load(url, context, next) {
    if (!url.startsWith('file:') || !url.endsWith('.ts')) return next(url, context);
    const sourcefile = fileURLToPath(url);
    const { code } = transformSync(readFileSync(sourcefile, 'utf8'), {
      loader: 'ts',
      format: 'esm',
      target: 'node24',
      sourcemap: 'inline',
      sourcefile,
      tsconfigRaw,
    });
    return { format: 'module', source: code, shortCircuit: true };
  },
});
