import type { Scope } from '../world.ts';
import { startChild, type Child } from './child.ts';
import type { HttpLoad, HttpLoaded } from './http-load.types.ts';

export type HttpGenerator = Child<HttpLoad, HttpLoaded>;

export async function startHttpLoad(scope: Scope): Promise<HttpGenerator> {
  return scope.keep(
    await startChild<HttpLoad, HttpLoaded>(new URL('http-load.child.ts', import.meta.url)),
  );
}

/** One load, all of whose requests have to be answered 201. */
export async function loadHttp(generator: HttpGenerator, load: HttpLoad): Promise<HttpLoaded> {
  const loaded = await generator.ask(load);
  if (loaded.created === load.count) return loaded;
  const others = JSON.stringify(loaded.others);
  throw new Error(
    `${loaded.created} of ${load.count} were created; others ${others}, first ${loaded.firstOther}`,
  );
}
