/** How many questions a search may ask, so that it ends while somebody still waits for the answer. */
const mostQuestions = 300;

/**
 * Finds who spoils a whole, by halving: `passes` says whether the whole is good without some suspects. Those that spoil it together
 * only are all found guilty. Nobody is, if the whole is bad without all suspects too.
 */
export async function findCulprits<S>(suspects: readonly S[], passes: (without: readonly S[]) => Promise<boolean>): Promise<readonly S[]> {
  let questions = 0;
  const isGood = (present: readonly S[]): Promise<boolean> => {
    questions += 1;
    const kept = new Set(present);
    return passes(suspects.filter((suspect) => !kept.has(suspect)));
  };
  /** The group, which is known to be bad, holds these. */
  const within = async (group: readonly S[]): Promise<readonly S[]> => {
    if (group.length <= 1 || questions >= mostQuestions) return group;
    const [first, second] = [group.slice(0, group.length >> 1), group.slice(group.length >> 1)];
    const firstIsGood = await isGood(first);
    if (!firstIsGood) {
      const guilty = await within(first);
      return (await isGood(second)) ? guilty : [...guilty, ...(await within(second))];
    }
    return (await isGood(second)) ? group : within(second);
  };
  if (suspects.length === 0 || !(await isGood([]))) return [];
  return within(suspects);
}
