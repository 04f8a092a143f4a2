/** Whether the store answers: a database that is away makes a switch that takes no sales. */
import type { Clock } from '../base/clock.js';
import type { Store } from '../store/store.js';

/** A store that needs longer than this is as good as away, milliseconds. */
const ANSWER_MS = 1_000;

export async function storeAnswers(
  store: Pick<Store, 'setting'>,
  clock: Pick<Clock, 'after'>,
): Promise<boolean> {
  let cancel = (): void => {};
  const tooLong = new Promise<boolean>((resolve) => {
    cancel = clock.after(ANSWER_MS, () => resolve(false));
  });
  const answered = store.setting('ready').then(
    () => true,
    () => false,
  );
  const answers = await Promise.race([answered, tooLong]);
  cancel();
  return answers;
}
