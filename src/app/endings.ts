/** What a start has begun, each with how it ends, so that a start that fails leaves nothing running. */
export type Endings = (() => unknown)[];

/** Begins; where that fails, ends what was begun. */
export async function begun<T>(begin: (endings: Endings) => Promise<T>): Promise<T> {
  const endings: Endings = [];
  try {
    return await begin(endings);
  } catch (error) {
    await end(endings).catch(() => undefined);
    throw error;
  }
}

/** Last begun first. */
export async function end(endings: Endings): Promise<void> {
  for (const ending of endings.splice(0).reverse()) await ending();
}
