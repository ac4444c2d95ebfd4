declare const brand: unique symbol;

/** A type that only its parser can make, so that an unchecked string cannot stand in for it. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };
