import { inspect } from 'node:util';
import type { Logger } from '@tallystick/services-edge';

/** For specs: every secret that was planted or shown, and all that was said where none may be. */
export class Planted {
  readonly #secrets = new Map<string, string>();
  readonly #said: { readonly where: string; readonly text: string }[] = [];

  plant(kind: string, secret: string): string {
    this.#secrets.set(secret, kind);
    return secret;
  }

  /** Notes what a good answer shows: it is a secret from then on. */
  learn(answer: unknown): void {
    if (typeof answer !== 'object' || answer === null) return;
    for (const [name, value] of Object.entries(answer) as [string, unknown][])
      if (typeof value === 'string' && /^(secret|deviceSecret|productSecret|token)$/.test(name))
        this.plant(name, value);
      else this.learn(value);
  }

  say(where: string, what: unknown): void {
    const options = { depth: 20, maxStringLength: null, maxArrayLength: null, breakLength: 1e9 };
    this.#said.push({ where, text: typeof what === 'string' ? what : inspect(what, options) });
  }

  /** Keeps every line with all that belongs to it, nothing cut out. */
  logger(): Logger {
    const write = (...line: unknown[]): void => this.say('log', line);
    return { debug: write, info: write, warn: write, error: write } as unknown as Logger;
  }

  /** Which secrets stand where, in whatever spelling. */
  found(): readonly string[] {
    return [...this.#secrets].flatMap(([secret, kind]) =>
      this.#said
        .filter(({ text }) => spellings(secret).some((spelling) => text.includes(spelling)))
        .map(({ where }) => `${kind} in ${where}`),
    );
  }

  get secrets(): number {
    return this.#secrets.size;
  }

  get said(): number {
    return this.#said.length;
  }
}

function spellings(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  // The last characters of base64 depend on what follows.
  const base64 = bytes.toString('base64').replace(/.?=*$/, '');
  const quoted = JSON.stringify(secret).slice(1, -1);
  const url = encodeURIComponent(secret);
  return [secret, quoted, url, bytes.toString('hex'), base64, bytes.toString('base64url')];
}
