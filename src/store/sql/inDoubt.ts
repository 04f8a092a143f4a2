/** Errors of a commit whose end nobody knows yet; their own file, since engines and groups throw them (doubt.ts sorts them). */

/** What an engine's commit throws: whether it stands is to be asked later. */
export class CommitLost extends Error {
  override name = 'CommitLost';
}

/** `settled`: what comes of it, whether it stands or not. May throw InDoubt again. */
export class InDoubt<T> extends Error {
  override name = 'InDoubt';

  constructor(readonly settled: (stands: boolean) => T) {
    super('a commit is in doubt');
  }
}
