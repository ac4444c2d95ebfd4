import { connect, type Socket } from 'node:net';
import { waitUntil } from '../../mqtt/testing/wait-until.ts';

export interface RequestFields {
  readonly path?: string;
  readonly method?: string;
  /** Null: none. */
  readonly subprotocols?: string | null;
  readonly version?: number;
  readonly headers?: readonly string[];
  readonly upgrade?: boolean;
}

export function requestBytes(fields: RequestFields = {}): Buffer {
  const { path = '/mqtt', method = 'GET', subprotocols = 'mqtt', version = 13 } = fields;
  const asks = [
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    `Sec-WebSocket-Version: ${String(version)}`,
    ...(subprotocols === null ? [] : [`Sec-WebSocket-Protocol: ${subprotocols}`]),
  ];
  const lines = [
    `${method} ${path} HTTP/1.1`,
    'Host: gateway',
    ...(fields.upgrade === false ? [] : asks),
    ...(fields.headers ?? []),
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`);
}

export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** The length of a payload as a frame has it, behind the bit that says whether it is masked. */
function lengthBytes(length: number, maskBit: number): Buffer {
  if (length < 126) return Buffer.of(maskBit | length);
  if (length < 65_536) return Buffer.of(maskBit | 126, length >> 8, length & 255);
  const bytes = Buffer.alloc(9);
  bytes[0] = maskBit | 127;
  bytes.writeBigUInt64BE(BigInt(length), 1);
  return bytes;
}

/** A client's frame (RFC 6455, 5.2), masked with zeros: its payload stays readable. */
export function frame(
  opcode: number,
  payload: Buffer,
  options: { readonly fin?: boolean; readonly masked?: boolean; readonly rsv?: number } = {},
): Buffer {
  const { fin = true, masked = true, rsv = 0 } = options;
  const first = Buffer.of((fin ? 0x80 : 0) | (rsv << 4) | opcode);
  const mask = Buffer.alloc(masked ? 4 : 0);
  return Buffer.concat([first, lengthBytes(payload.length, masked ? 0x80 : 0), mask, payload]);
}

/** The head alone of a frame that says it is so long. */
export function headOf(opcode: number, length: number): Buffer {
  return frame(opcode, Buffer.alloc(length)).subarray(0, length < 65_536 ? 8 : 14);
}

/** A socket that asks for a WebSocket byte by byte as it is told. */
export class RawWs {
  readonly socket: Socket;
  received = Buffer.alloc(0);
  closed = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.received = Buffer.concat([this.received, chunk]);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.closed = true;
    });
  }

  static open(port: number): Promise<RawWs> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true });
      socket.once('error', reject);
      socket.once('connect', () => resolve(new RawWs(socket)));
    });
  }

  /** Its request was granted. */
  static async upgraded(port: number, fields: RequestFields = {}): Promise<RawWs> {
    const client = await RawWs.open(port);
    client.socket.write(requestBytes(fields));
    const head = await client.head();
    if (!head.startsWith('HTTP/1.1 101')) throw new Error(head);
    return client;
  }

  /** The head of the answer; what comes behind it stays in `received`. */
  async head(): Promise<string> {
    const ends = (): number => this.received.indexOf('\r\n\r\n');
    await waitUntil(() => ends() >= 0 || this.closed, 'an answer');
    const end = ends();
    const head = this.received.subarray(0, end < 0 ? 0 : end).toString();
    this.received = this.received.subarray(end + 4);
    return head;
  }

  async whenClosed(): Promise<void> {
    await waitUntil(() => this.closed, 'the socket to be closed');
  }

  /** The code of the closing frame that has come last; null: none. */
  get closeCode(): number | null {
    const at = this.received.lastIndexOf(0x88);
    return at < 0 || this.received.length < at + 4 ? null : this.received.readUInt16BE(at + 2);
  }
}
