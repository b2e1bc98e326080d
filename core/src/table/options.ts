/**
 * Options of {@link Tables}.
 * @public
 */
export interface TablesOptions {
  /** The time in milliseconds, asked once per commit. Default: `Date.now`. Where it goes back, the tables' time stands still. */
  readonly now?: () => number;
}

/**
 * Options of {@link Tables.commitYielding}.
 * @public
 */
export interface YieldingOptions {
  /** After how many milliseconds of work the event loop gets a turn. Default: 12. */
  readonly sliceMs?: number;
}
