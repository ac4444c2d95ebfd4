/** What a message that is kept costs: its topic counts as its payload does. */
export const messageBytes = (message: {
  readonly topic: string;
  readonly payload: Uint8Array;
}): number => Buffer.byteLength(message.topic) + message.payload.length;
