/** The transfers of one round: in portions, in turn, within each switch's window. */
import t from 'tap';
import { transfersOf } from '../../../src/hub/keeper/stocking.js';
import { WIRE_LIMITS } from '../../../src/hub/wire/messages.js';

const MAX = WIRE_LIMITS.transferPinsMax;

t.test('a gift goes in portions of one transfer, switches in turn', async (t) => {
  const gifts = [
    { switchId: 1, product: 'A', count: MAX * 2 + 1 },
    { switchId: 2, product: 'A', count: 7 },
  ];
  t.strictSame(transfersOf(gifts, [], 1_000_000), [
    { switchId: 1, product: 'A', count: MAX },
    { switchId: 2, product: 'A', count: 7 },
    { switchId: 1, product: 'A', count: MAX },
    { switchId: 1, product: 'A', count: 1 },
  ]);
});

t.test('what is under way to a switch leaves less room, for all its products together', async (t) => {
  const holdings = [
    { switchId: 1, product: 'A', custody: 'transit', count: 600 },
    { switchId: 1, product: 'B', custody: 'transit', count: 300 },
    { switchId: 1, product: 'B', custody: 'away', count: 5_000 },
    { switchId: 2, product: 'A', custody: 'transit', count: 1_500 },
  ];
  const gifts = [
    { switchId: 1, product: 'A', count: 70 },
    { switchId: 1, product: 'B', count: 500 },
    { switchId: 1, product: 'C', count: 500 },
    { switchId: 2, product: 'A', count: 1 },
    { switchId: 3, product: 'A', count: 2_000 },
  ];
  t.strictSame(transfersOf(gifts, holdings, 1_000), [
    { switchId: 1, product: 'A', count: 70 },
    { switchId: 1, product: 'B', count: 30 },
    { switchId: 3, product: 'A', count: 1_000 },
  ]);
});
