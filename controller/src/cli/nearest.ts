import { distance } from 'fastest-levenshtein';

/** The known name that is most like `name`: one that has all of its words, if there is any, and then the one to which it is the shortest way. */
export function nearestTo(name: string, known: readonly string[]): string | undefined {
  const words = wordsOf(name);
  const withAll = known.filter((each) => wordsOf(each).isSupersetOf(words));
  return (withAll.length > 0 ? withAll : known).toSorted((a, b) => distance(name, a) - distance(name, b)).at(0);
}

function wordsOf(name: string): Set<string> {
  return new Set(
    name
      .toLowerCase()
      .split(/[-._]+/)
      .filter((word) => word !== ''),
  );
}
