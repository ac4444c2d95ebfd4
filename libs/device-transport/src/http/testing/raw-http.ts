import { connect, type Socket } from 'node:net';
import { waitUntil } from '../../mqtt/testing/wait-until.ts';

export interface RawAnswer {
  readonly status: number;
  /** With the names as they were written. */
  readonly head: string;
  readonly body: string;
}

/** Takes answers off a text; each says its length. */
function parseAnswers(text: string): readonly RawAnswer[] {
  const answers: RawAnswer[] = [];
  for (let rest = text; ;) {
    const end = rest.indexOf('\r\n\r\n');
    if (end < 0) return answers;
    const head = rest.slice(0, end);
    const length = Number(/^Content-Length: (\d+)$/m.exec(head)?.[1] ?? 0);
    const body = rest.slice(end + 4, end + 4 + length);
    if (body.length < length) return answers;
    answers.push({ head, body, status: Number(head.split(' ')[1]) });
    rest = rest.slice(end + 4 + length);
  }
}

/** A socket that writes the bytes it is told and keeps every answer that comes back. */
export class RawHttp {
  readonly socket: Socket;
  text = '';
  closed = false;
  #taken = 0;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => (this.text += chunk.toString()));
    socket.on('error', () => undefined);
    socket.on('close', () => (this.closed = true));
  }

  static open(port: number): Promise<RawHttp> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true });
      socket.once('error', reject);
      socket.once('connect', () => resolve(new RawHttp(socket)));
    });
  }

  get answers(): readonly RawAnswer[] {
    return parseAnswers(this.text);
  }

  send(text: string | Uint8Array): void {
    this.socket.write(text);
  }

  post(path: string, body: string, headers: Readonly<Record<string, string>> = {}): void {
    const length = { 'Content-Length': String(Buffer.byteLength(body)) };
    const lines = Object.entries({ Host: 'h', ...length, ...headers });
    const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
    this.send(`POST ${path} HTTP/1.1\r\n${head}\r\n${body}`);
  }

  async next(): Promise<RawAnswer> {
    await waitUntil(() => this.answers.length > this.#taken || this.closed, 'an answer');
    const answer = this.answers[this.#taken];
    if (answer === undefined) throw new Error('an answer expected, got a close');
    this.#taken += 1;
    return answer;
  }

  untilClosed(): Promise<void> {
    return waitUntil(() => this.closed, 'a close');
  }
}
