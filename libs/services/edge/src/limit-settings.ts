import { setting } from './setting.ts';
import * as parse from './setting-parsers.ts';

/** The bounds that are this installation's to choose (libs/README.md, rule 14). */
export const LIMIT_SETTINGS = {
  TALLYSTICK_LIMIT_CLAIMS_PER_ADDRESS: setting(
    '200',
    parse.integer(1, 1_000_000),
    'claims and dynamic activations a second from one address',
  ),
  TALLYSTICK_LIMIT_CLAIMS_PER_NAME: setting(
    '50',
    parse.integer(1, 1_000_000),
    'claims and dynamic activations a second for one name',
  ),
  TALLYSTICK_LIMIT_UNANSWERED_CLAIMS: setting(
    '20',
    parse.integer(1, 1_000_000),
    'claims an hour for one name from one address that no login of their unit follows; secrets that are made by dynamic activation likewise',
  ),
  TALLYSTICK_LIMIT_REFUSALS_PER_ADDRESS: setting(
    '2000',
    parse.integer(1, 10_000_000),
    'refusals a minute from one address (IPv6: one /64)',
  ),
  TALLYSTICK_LIMIT_CHECKS_PER_ADDRESS: setting(
    '1000',
    parse.integer(1, 1_000_000),
    'secrets looked at, a second, from an address that was refused too often: the right ones are let in',
  ),
  TALLYSTICK_LIMIT_CHECKS_PER_NAME: setting(
    '200',
    parse.integer(1, 1_000_000),
    'of those, for one name',
  ),
  TALLYSTICK_LIMIT_NAMES_PER_PRODUCT: setting(
    '1000000',
    parse.integer(1, 1_000_000_000),
    'names that claims and bootstraps may add to one product',
  ),
  TALLYSTICK_LIMIT_DEVICES_PER_TENANT: setting(
    '0',
    parse.integer(0, 1_000_000_000),
    'devices of one tenant; 0: any number',
  ),
  TALLYSTICK_LIMIT_DEVICES_PER_PRODUCT: setting(
    '0',
    parse.integer(0, 1_000_000_000),
    'devices of one product; 0: any number',
  ),
  TALLYSTICK_LIMIT_REQUESTS_PER_TOKEN: setting(
    '5000',
    parse.integer(1, 1_000_000),
    "operators' requests a second of one token, at most those of ten seconds at once",
  ),
  TALLYSTICK_LIMIT_CONNECTIONS: setting(
    '100000',
    parse.integer(1, 1_000_000),
    'connections of one gateway',
  ),
} as const;
