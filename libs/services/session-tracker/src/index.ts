export {
  startSessionTracker,
  type SessionTrackerServiceDeps,
} from './session-tracker.composition.ts';
