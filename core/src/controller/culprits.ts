/**
 * Finds who spoils a whole, by halving: lets in as many suspects as it can, the first ones first, and returns those that cannot be let
 * in. `passes` says whether the whole is good without some suspects. Of several that spoil it only together, the last is found guilty.
 * Nobody is, if the whole is bad without all of them too. Asks about twice the logarithm of the number of suspects for each culprit.
 */
export async function findCulprits<S>(suspects: readonly S[], passes: (without: readonly S[]) => Promise<boolean>): Promise<readonly S[]> {
  const admitted = new Set<S>();
  const culprits: S[] = [];
  const isGoodWith = (group: readonly S[]): Promise<boolean> => {
    const present = new Set(group);
    return passes(suspects.filter((suspect) => !admitted.has(suspect) && !present.has(suspect)));
  };
  const admit = async (group: readonly S[], isKnownBad: boolean): Promise<void> => {
    if (!isKnownBad && (await isGoodWith(group))) {
      for (const suspect of group) admitted.add(suspect);
      return;
    }
    if (group.length === 1) {
      culprits.push(...group);
      return;
    }
    const half = group.length >> 1;
    const found = culprits.length;
    await admit(group.slice(0, half), false);
    await admit(group.slice(half), culprits.length === found);
  };
  if (suspects.length === 0 || !(await isGoodWith([]))) return [];
  await admit(suspects, false);
  return culprits;
}
