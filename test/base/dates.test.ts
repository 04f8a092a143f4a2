import t from 'tap';
import { addDays, dateAt, dateOfTime, isDate, resolveDate, timeAt } from '../../src/base/dates.js';

const NEW_YEARS_EVE = Date.UTC(2026, 11, 31, 23, 30, 15);

t.test('a date and time are told in the zone asked for', async (t) => {
  t.equal(dateAt(NEW_YEARS_EVE, 0), '20261231');
  t.equal(dateAt(NEW_YEARS_EVE, 60), '20270101');
  t.equal(timeAt(NEW_YEARS_EVE, 0), '233015');
  t.equal(timeAt(NEW_YEARS_EVE, -30), '230015');
});

t.test('a date without its year is the one nearest to today', async (t) => {
  t.equal(resolveDate('0101', '20261231'), '20270101', 'a terminal a little ahead at New Year');
  t.equal(resolveDate('1231', '20270101'), '20261231', 'a repeat just after midnight');
  t.equal(resolveDate('0615', '20260614'), '20260615');
  t.equal(resolveDate('261123', '20261123'), '20261123');
  t.equal(resolveDate('20251123', '20261123'), '20251123');
});

t.test('the 29th of February is the one of a leap year near by, else no date', async (t) => {
  t.equal(resolveDate('0229', '20280301'), '20280229');
  t.equal(resolveDate('0229', '20260301'), '');
});

t.test('what is no date resolves to nothing', async (t) => {
  for (const wire of ['', '1', '1345', '0000', '0230', '991399', 'ABCD', '20261301']) {
    t.equal(resolveDate(wire, '20261123'), '', wire);
  }
  t.notOk(isDate('20260229'));
});

t.test('a time without its date belongs to the day on which it was nearest to now', async (t) => {
  t.equal(dateOfTime('235958', '20261201', '000005'), '20261130');
  t.equal(dateOfTime('000005', '20261130', '235958'), '20261201');
  t.equal(dateOfTime('120000', '20261130', '130000'), '20261130');
});

t.test('days are added across months and years', async (t) => {
  t.equal(addDays('20261231', 1), '20270101');
  t.equal(addDays('20280301', -1), '20280229');
});
