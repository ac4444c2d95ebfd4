import { deviceListenerConformance, type SpecClaim, type SpecDevice } from '@tallystick/test-kit';
import { listenFor } from './testing/listen-for.ts';
import { RawHttp } from './testing/raw-http.ts';

/** Nothing is sent to it: it asks whether its token is still good. */
class HttpDevice implements SpecDevice {
  readonly answer: SpecDevice['answer'];
  readonly received = [];
  acknowledged = 0;
  readonly #port: number;
  readonly #client: RawHttp;
  #token: string | null = null;
  #over = false;
  #sent: Promise<void> = Promise.resolve();

  constructor(port: number, client: RawHttp) {
    this.#port = port;
    this.#client = client;
    this.answer = this.#answered();
  }

  async #answered(): ReturnType<() => SpecDevice['answer']> {
    const answer = await this.#client.next().catch(() => null);
    this.#over = answer?.status !== 200;
    if (answer === null) return 'gone';
    if (this.#over) return 'refused';
    this.#token = (JSON.parse(answer.body) as { token: string }).token;
    return 'admitted';
  }

  async #ask(method: string, path: string, body = ''): Promise<number> {
    const headers = { token: this.#token ?? '', connection: 'close' };
    const options = body === '' ? {} : { body };
    const url = `http://127.0.0.1:${String(this.#port)}${path}`;
    const { status } = await fetch(url, { method, headers, ...options });
    return status;
  }

  get closed(): boolean {
    if (this.#token !== null && !this.#over)
      this.#ask('GET', '/alive').then(
        (status) => (this.#over ||= status !== 200),
        () => (this.#over = true),
      );
    return this.#over;
  }

  publish(topic: string, text: string): void {
    this.#sent = this.#sent
      .then(() => this.#ask('POST', `/up/${topic}`, text))
      .then((status) => void (this.acknowledged += status === 200 ? 1 : 0));
  }

  subscribe(): Promise<void> {
    throw new Error('an HTTP device subscribes to nothing');
  }

  leave(): void {
    throw new Error('an HTTP device does not leave');
  }

  vanish(): void {
    this.#client.socket.resetAndDestroy();
  }
}

deviceListenerConformance('HTTP', {
  lacks: ['downlink', 'subscriptions', 'connection'],
  listen: (authority) => listenFor(authority),
  connect: async (port: number, { username, password = 'right' }: SpecClaim) => {
    const client = await RawHttp.open(port);
    client.post('/login', '', { user: username, password });
    return new HttpDevice(port, client);
  },
});
