/**
 * Something that only the machine can bring is not there: named in the summary; with CI=true a
 * failure.
 */
export class MissingPart extends Error {
  constructor(part: string, reason: string) {
    super(`${part}: ${reason}`);
    this.name = 'MissingPart';
  }
}
