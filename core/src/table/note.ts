/**
 * A note and the cell that left it.
 * @public
 */
export interface Note {
  /** Name of the table. */
  readonly table: string;
  /** Key of the input row that was computed. */
  readonly key: string;
  /** What was given to {@link Read.note}. */
  readonly note: unknown;
}
