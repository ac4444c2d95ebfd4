import { idsConformance, clockConformance } from '@tallystick/test-kit';
import { systemClock, systemIds } from './system-ids.ts';

clockConformance("the machine's clock", () => systemClock);
idsConformance('the ids of chance', () => systemIds);
