/** Receipts, key batches, settings. */
import type { Part } from '../place.js';

export const records: Part = async (t, place) => {
  t.test('gives the same receipt lines the same id, over a restart', async (t) => {
    const here = await place(t);
    const store = await here.open();
    const one = await store.internReceipt(['{product}', 'Dial *123*{pin}#']);
    const two = await store.internReceipt(['{product}']);
    t.not(one, two);
    t.ok(one > 0 && two > 0);
    await store.shutdown();
    const after = await here.open();
    t.equal(await after.internReceipt(['{product}', 'Dial *123*{pin}#']), one);
    t.strictSame(
      await after.receipts(),
      new Map([
        [one, ['{product}', 'Dial *123*{pin}#']],
        [two, ['{product}']],
      ]),
    );
  });

  t.test('keeps wrapped keys, and rewraps one without touching another', async (t) => {
    const store = await (await place(t)).open();
    const one = await store.addKeyBatch('2026-01', new Uint8Array([1, 255, 0]));
    const two = await store.addKeyBatch('2026-01', new Uint8Array([2]));
    await store.rewrapKeyBatch(one, '2026-02', new Uint8Array([128, 9]));
    const batches = await store.keyBatches();
    t.strictSame(
      batches.map(({ id, keyId, wrapped }) => [id, keyId, [...wrapped]]),
      [
        [one, '2026-02', [128, 9]],
        [two, '2026-01', [2]],
      ],
    );
  });

  t.test('keeps settings', async (t) => {
    const here = await place(t);
    const store = await here.open();
    t.equal(await store.setting('first start'), undefined);
    await store.setSetting('first start', 'done');
    await store.setSetting('first start', '');
    t.equal(await store.setting('first start'), '');
    await store.shutdown();
    t.equal(await (await here.open()).setting('first start'), '');
  });
};
