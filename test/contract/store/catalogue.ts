/** Revisions of the catalogue: numbered without gaps, whole or not there, each readable for ever. */
import { createHash } from 'node:crypto';
import type { NewRevision, Store } from '../../../src/store/store.js';
import type { Part } from '../place.js';

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');

function revisionOf(contents: readonly string[], said: Partial<NewRevision> = {}): NewRevision {
  const portions = contents.map(digestOf);
  return { digest: digestOf(portions.join()), portions, by: 'ann', at: 1_000, expected: undefined, ...said };
}

function stage(store: Store, contents: readonly string[]): Promise<void> {
  return store.stagePortions(contents.map((content) => ({ digest: digestOf(content), content })));
}

async function contentsOf(store: Store, revision: number): Promise<string[]> {
  const contents: string[] = [];
  for (let number = 0; ; number += 1) {
    const content = await store.cataloguePortion(revision, number);
    if (content === undefined) return contents;
    contents.push(content);
  }
}

export const catalogue: Part = async (t, place) => {
  t.test('each new document is a revision, and all of them stay readable, over a restart', async (t) => {
    const here = await place(t);
    const store = await here.open();
    t.equal(await store.lastRevision(), 0);
    t.same(await store.revisions(0, 10), []);
    await stage(store, ['a', 'b']);
    t.equal(await store.lastRevision(), 0, 'what is only staged means nothing');
    const first = revisionOf(['a', 'b']);
    t.same(await store.addRevision(first), { kind: 'stored', revision: 1 });
    await stage(store, ['b', 'c', 'é\u2028']);
    const second = revisionOf(['b', 'c', 'b', 'é\u2028'], { by: 'bob', at: 2_000 });
    t.same(await store.addRevision(second), { kind: 'stored', revision: 2 });
    await store.shutdown();
    const again = await here.open();
    t.equal(await again.lastRevision(), 2);
    t.same(await contentsOf(again, 1), ['a', 'b']);
    t.same(await contentsOf(again, 2), ['b', 'c', 'b', 'é\u2028']);
    t.same(await again.revisions(0, 10), [
      { revision: 2, digest: second.digest, by: 'bob', at: 2_000, portions: 4 },
      { revision: 1, digest: first.digest, by: 'ann', at: 1_000, portions: 2 },
    ]);
    t.match(await again.revisions(0, 1), [{ revision: 2 }]);
    t.match(await again.revisions(1, 10), [{ revision: 1 }]);
  });

  t.test('which portions are lacking is told, in the order asked', async (t) => {
    const store = await (await place(t)).open();
    await stage(store, ['a', 'b']);
    await store.addRevision(revisionOf(['a']));
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map(digestOf) as [string, string, string, string];
    t.same(await store.portionsLacking([d, b, c, a]), [d, c], 'staged or in a revision: both are here');
    t.same(await store.portionsLacking([]), []);
  });

  t.test('the same document again is no new revision; an older one is', async (t) => {
    const store = await (await place(t)).open();
    await stage(store, ['a', 'b']);
    await store.addRevision(revisionOf(['a']));
    t.same(await store.addRevision(revisionOf(['a'], { by: 'bob' })), { kind: 'unchanged', revision: 1 });
    await store.addRevision(revisionOf(['b']));
    t.same(await store.addRevision(revisionOf(['a'])), { kind: 'stored', revision: 3 });
  });

  t.test(
    'where another revision was expected, nothing changes; of two at once, one comes first',
    async (t) => {
      const store = await (await place(t)).open();
      await stage(store, ['a', 'b', 'c']);
      t.same(await store.addRevision(revisionOf(['a'], { expected: 1 })), {
        kind: 'unexpected',
        revision: 0,
      });
      t.same(await store.addRevision(revisionOf(['a'], { expected: 0 })), { kind: 'stored', revision: 1 });
      const results = await Promise.all(
        ['b', 'c'].map((content) => store.addRevision(revisionOf([content], { expected: 1 }))),
      );
      t.same(results, [
        { kind: 'stored', revision: 2 },
        { kind: 'unexpected', revision: 2 },
      ]);
      t.equal(await store.lastRevision(), 2);
    },
  );

  t.test('a revision whose portions are not all there is refused whole', async (t) => {
    const store = await (await place(t)).open();
    await stage(store, ['a']);
    await t.rejects(store.addRevision(revisionOf(['a', 'b'])), { name: 'StoreInvalid' });
    t.equal(await store.lastRevision(), 0);
    t.same(await contentsOf(store, 1), []);
    await stage(store, ['b']);
    t.same(await store.addRevision(revisionOf(['a', 'b'])), { kind: 'stored', revision: 1 });
  });
};
