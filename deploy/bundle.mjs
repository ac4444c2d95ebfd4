// Bundles one app in memory: the workspace's source goes in, npm packages stay out. Nothing is
// written, so that apps which start at the same time, in one container or in several, share nothing
// and leave nothing behind.
import { registerHooks } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, stop } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

const externalPackages = {
  name: 'external-packages',
  setup(setup) {
    setup.onResolve({ filter: /^[^./]/ }, ({ path, kind }) => {
      const ours = kind === 'entry-point' || path.startsWith('@tallystick/');
      return ours ? undefined : { path, external: true };
    });
  },
};

/** Lets Node load the files of a bundle, by their addresses, from memory. */
function serve(files) {
  registerHooks({
    resolve(specifier, context, next) {
      const url = URL.parse(specifier, context.parentURL)?.href;
      return files.has(url)
        ? { url, format: 'module', shortCircuit: true }
        : next(specifier, context);
    },
    load(url, context, next) {
      const source = files.get(url);
      return source === undefined
        ? next(url, context)
        : { format: 'module', source, shortCircuit: true };
    },
  });
}

/**
 * Resolves to the address to import. Dynamic imports stay separate chunks, so that an unused driver
 * is never loaded.
 */
export async function bundle(app) {
  const outdir = `${root}apps/${app}/dist/bundle`;
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [`apps/${app}/src/main.ts`],
    outdir,
    outExtension: { '.js': '.mjs' },
    tsconfig: `apps/${app}/tsconfig.json`,
    bundle: true,
    splitting: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    sourcemap: 'inline',
    logLevel: 'warning',
    conditions: ['@tallystick/source'],
    plugins: [externalPackages],
  });
  serve(new Map(outputFiles.map(({ path, text }) => [pathToFileURL(path).href, text])));
  // The app lives on in this process; esbuild's own process need not.
  await stop();
  return pathToFileURL(`${outdir}/main.mjs`).href;
}
