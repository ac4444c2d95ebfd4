import { PortError } from '@tallystick/kernel';

export interface KnownTopic {
  /** As the broker knows it. */
  readonly fullName: string;
  readonly partitions: number;
  readonly byKey: boolean;
}

/** The topics this bus has ensured, and the way between their names and the broker's. */
export class TopicCatalog {
  readonly prefix: string;
  readonly #topics = new Map<string, KnownTopic>();

  constructor(prefix: string) {
    this.prefix = prefix;
  }

  full(name: string): string {
    return this.prefix + name;
  }

  short(fullName: string): string {
    return fullName.slice(this.prefix.length);
  }

  learn(name: string, partitions: number, byKey: boolean): void {
    this.#topics.set(name, { fullName: this.full(name), partitions, byKey });
  }

  knows(name: string): boolean {
    return this.#topics.has(name);
  }

  get(name: string): KnownTopic {
    const topic = this.#topics.get(name);
    if (topic === undefined) throw new PortError('misconfigured', `topic ${name} is not known`);
    return topic;
  }
}
