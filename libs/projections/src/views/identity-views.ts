import { auditView } from '../audit/audit.view.ts';
import { devicesView } from './devices.view.ts';
import { tenantsView, tokensView } from './platform.views.ts';
import { productsView } from './products.view.ts';
import type { IdentityView } from './view.types.ts';

/** The views that are folded from the store. */
export const identityViews: readonly IdentityView[] = [
  productsView,
  devicesView,
  tenantsView,
  tokensView,
  auditView,
];
