/** Which frames `terminal` takes for the answer that it waits for. */
import t from 'tap';
import { loadFormat } from '../../../src/iso8583/index.js';
import { answerTo } from '../../../src/tools/terminal/exchange.js';
import { buildWire, dialect } from '../../support/wire.js';

t.test(
  'an answer has the STAN, and is a response or a decline with a 9 in front; a request is none',
  async (t) => {
    const isTaken = answerTo(loadFormat('base24-topup'), '000007');
    const frame = (mti: string, stan: string): Buffer =>
      buildWire(dialect(), mti, { 11: stan, 39: '12', 41: 'T1' });
    for (const mti of ['0210', '9200', '9420', '9800']) {
      t.equal(isTaken(frame(mti, '000007')), true, mti);
      t.equal(isTaken(frame(mti, '000008')), false, `${mti} to another`);
    }
    for (const mti of ['0200', '0800', '0420']) t.equal(isTaken(frame(mti, '000007')), false, mti);
  },
);
