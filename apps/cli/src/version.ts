/** The version of this release; a spec compares it with package.json. */
export const VERSION = '0.1.0';
