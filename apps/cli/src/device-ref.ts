import { Refused } from './failures.ts';
import type { Context } from './command.types.ts';
import { rowsOf } from './output.ts';

/**
 * The device id that a word names: itself, or that of `<productKey>/<deviceKey>`, which is looked
 * up.
 */
export async function deviceIdOf(word: string, { api }: Pick<Context, 'api'>): Promise<string> {
  const slash = word.indexOf('/');
  if (slash < 0) return word;
  const [productKey, deviceKey] = [word.slice(0, slash), word.slice(slash + 1)];
  const { body } = await api.get('/devices', { productKey, deviceKey });
  const [found] = rowsOf(body);
  if (typeof found?.['deviceId'] === 'string') return found['deviceId'];
  const detail = `product ${productKey} has no device ${deviceKey}`;
  throw new Refused(404, { code: 'device-unknown', detail });
}
