import { existsSync, readFileSync } from 'node:fs';
import { isJsonObject, type JsonObject } from '@tallystick/kernel';
import { writeFileAtomically, type Home, type Logger } from '@tallystick/services-edge';

const FILE = 'gateway-incarnation.json';

/**
 * The incarnation of this HOME's last gateway of that id; null: there was none. HOME's lock proves
 * that it is dead. If the file cannot be read, this gateway must wait for the end of that lease,
 * and the file is written again.
 */
export function readPredecessor(
  home: Pick<Home, 'file'>,
  gatewayId: string,
  logger: Pick<Logger, 'warn'>,
): string | null {
  const file = home.file(FILE);
  if (!existsSync(file)) return null;
  try {
    const stored: unknown = JSON.parse(readFileSync(file, 'utf8'));
    const fields: JsonObject = isJsonObject(stored) ? stored : {};
    const incarnation = fields['incarnation'];
    if (typeof incarnation !== 'string') throw new Error('it names no incarnation');
    return fields['gatewayId'] === gatewayId ? incarnation : null;
  } catch (err) {
    logger.warn({ err, file }, 'the last incarnation cannot be read: its lease is waited for');
    return null;
  }
}

export function writeIncarnation(home: Home, gatewayId: string, incarnation: string): void {
  writeFileAtomically(home.file(FILE), `${JSON.stringify({ gatewayId, incarnation })}\n`);
}
