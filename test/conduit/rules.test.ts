import t from 'tap';
import { answerMti, foldRepeat, mayBeAnswered } from '../../src/conduit/rules.js';

t.test('a repeat folds onto its original', async (t) => {
  for (const [mti, original] of [
    ['0200', '0200'],
    ['0201', '0200'],
    ['0421', '0420'],
    ['1205', '1204'],
    ['1804', '1804'],
  ] as const) {
    t.equal(foldRepeat(mti), original);
  }
});

t.test('requests and advices are answered by the next function, repeats as their originals', async (t) => {
  for (const [mti, answer] of [
    ['0200', '0210'],
    ['0201', '0210'],
    ['0420', '0430'],
    ['0421', '0430'],
    ['0800', '0810'],
    ['1804', '1814'],
    ['2200', '2210'],
  ] as const) {
    t.ok(mayBeAnswered(mti), mti);
    t.equal(answerMti(mti), answer);
  }
});

t.test('an answer is never answered', async (t) => {
  for (const mti of ['0210', '0430', '0810', '1814']) t.notOk(mayBeAnswered(mti), mti);
});
