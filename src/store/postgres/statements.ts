/** Statements of the shared SQL on one PostgreSQL connection, prepared by name the first time that each is asked. */
import type { Connection, Statement } from '../sql/engine.js';
import type { Bridge } from './bridge.js';
import type { Value } from './question.js';
import { type Translated, translated } from './translate.js';

export class Statements implements Connection {
  readonly #bridge: Bridge;
  readonly #byText = new Map<string, string>();

  constructor(bridge: Bridge) {
    this.#bridge = bridge;
  }

  prepare<Values extends readonly unknown[] = unknown[], Row = unknown>(sql: string): Statement<Values, Row> {
    const { text, names } = translated(sql);
    let name = this.#byText.get(text);
    if (name === undefined) {
      name = `s${this.#byText.size}`;
      this.#byText.set(text, name);
    }
    return new Prepared<Values, Row>(this.#bridge, name, { text, names });
  }
}

type Shape = 'objects' | 'arrays' | 'firsts';

class Prepared<Values extends readonly unknown[], Row> implements Statement<Values, Row> {
  readonly #bridge: Bridge;
  readonly #name: string;
  readonly #sql: Translated;
  #shape: Shape = 'objects';

  constructor(bridge: Bridge, name: string, sql: Translated) {
    this.#bridge = bridge;
    this.#name = name;
    this.#sql = sql;
  }

  run(...values: Values): { readonly changes: number } {
    return this.#ask(values);
  }

  get(...values: Values): Row | undefined {
    return this.all(...values)[0];
  }

  all(...values: Values): Row[] {
    const { fields, rows } = this.#ask(values);
    if (this.#shape === 'arrays') return rows as unknown as Row[];
    if (this.#shape === 'firsts') return rows.map((row) => row[0]) as Row[];
    return rows.map((row) => Object.fromEntries(fields.map((name, at) => [name, row[at]]))) as Row[];
  }

  *iterate(...values: Values): IterableIterator<Row> {
    yield* this.all(...values);
  }

  pluck(): this {
    this.#shape = 'firsts';
    return this;
  }

  raw(): this {
    this.#shape = 'arrays';
    return this;
  }

  #ask(given: readonly unknown[]) {
    const { text, names } = this.#sql;
    return this.#bridge.ask({ kind: 'query', name: this.#name, text, values: valuesOf(given, names) });
  }
}

/** Values by place, one array of them, or one object by name. */
function valuesOf(given: readonly unknown[], names: readonly string[] | undefined): Value[] {
  const [first] = given;
  if (names) return names.map((name) => (first as Readonly<Record<string, Value>>)[name] ?? null);
  return (Array.isArray(first) ? first : given) as Value[];
}
