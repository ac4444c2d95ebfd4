/** Of this release; a spec holds it to package.json. */
export const VERSION = '0.1.0';
