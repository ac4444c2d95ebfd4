import { clockConformance } from './clock.conformance.ts';
import { idsConformance } from './ids.conformance.ts';
import { createFixedClock, createSeededIds } from './time-and-ids.ts';

clockConformance('the fixed clock', () => createFixedClock());
idsConformance('the seeded ids', () => createSeededIds());
