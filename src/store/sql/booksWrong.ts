/** The error of books that contradict themselves; its own file, since verbs throw it and engines sort it. */
import { SafeError } from '../../base/errors.js';

/** The books contradict themselves: nobody can say what stands. */
export class BooksWrong extends SafeError {
  override name = 'BooksWrong';
}
