declare const held: unique symbol;

/** A symbol that remembers, for the compiler, what is bound to it. @public */
export type Token<T> = symbol & { readonly [held]: T };

/** The token of a name: the same for every caller, also where two copies of this package are installed. @public */
export function token<T>(name: string): Token<T> {
  return Symbol.for(`@signalbox/${name}`) as Token<T>;
}

/** The part of a container that {@link resolve} uses: any inversify container, of any copy of inversify, and others like it. @public */
export interface Resolving {
  get(token: symbol): unknown;
}

/** What a container has for a token, typed. @public */
export function resolve<T>(container: Resolving, wanted: Token<T>): T {
  return container.get(wanted) as T;
}
