import { readFileSync } from 'node:fs';
import { writeFileAtomically, type Home } from '@tallystick/services-edge';

const FILE = 'gateway-incarnation.json';

/** The incarnation of this HOME's last gateway of that id; null: there was none. HOME's lock proves that it is dead. */
export function readPredecessor(home: Home, gatewayId: string): string | null {
  try {
    const stored: unknown = JSON.parse(readFileSync(home.file(FILE), 'utf8'));
    const fields = stored as Readonly<Record<string, unknown>> | null;
    const incarnation = fields?.['incarnation'];
    return fields?.['gatewayId'] === gatewayId && typeof incarnation === 'string'
      ? incarnation
      : null;
  } catch {
    return null;
  }
}

export function writeIncarnation(home: Home, gatewayId: string, incarnation: string): void {
  writeFileAtomically(home.file(FILE), `${JSON.stringify({ gatewayId, incarnation })}\n`);
}
