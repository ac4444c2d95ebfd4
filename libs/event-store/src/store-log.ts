/** Where a store writes what an operator may want to know. Never an event's content. */
export type StoreLog = (
  level: 'warn',
  message: string,
  fields: Readonly<Record<string, string | number>>,
) => void;
