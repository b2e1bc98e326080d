/** The items of a list; none where a manifest leaves it empty or has something else there. */
export function items<T>(list: readonly T[] | null | undefined): readonly T[] {
  return Array.isArray(list) ? (list as readonly T[]) : [];
}
