import type { CloseReason } from '@tallystick/contracts';
import type { TransportCloseReason } from '@tallystick/ports';

const REASONS: Readonly<Record<string, CloseReason>> = {
  client: 'client',
  'connection-lost': 'connection-lost',
  'keep-alive': 'keep-alive',
  'taken-over': 'taken-over',
  'gateway-stopped': 'gateway-lost',
  'protocol-error': 'connection-lost',
  disabled: 'disabled',
  deleted: 'deleted',
  'secret-reset': 'secret-reset',
  forbidden: 'forbidden',
  kicked: 'kicked',
  silence: 'silence',
  'gateway-lost': 'gateway-lost',
  'certificate-revoked': 'certificate-revoked',
};

/** The transport's word in the public contract's. */
export function toCloseReason(reason: TransportCloseReason): CloseReason {
  return REASONS[reason] ?? 'connection-lost';
}
