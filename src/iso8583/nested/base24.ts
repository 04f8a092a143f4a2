/**
 * Tokens as BASE24 lays them out: `& `, how many there are with this header itself (5 digits), how long all is (5 digits);
 * then of each token `! `, its id (2 characters), the length of its data (5 digits), a space, the data. Both figures and
 * every length are checked before anything is taken. Tokens keep their order, ids may repeat, unknown ones are kept.
 * Cut from the field's text, so that EBCDIC does as well. Error texts name known tokens only.
 * Maximum: 99,999 tokens and characters, by the width of the figures.
 */
import { fault } from '../errors.js';
import { maskText } from '../mask.js';
import { overwriteContent } from '../overwrite.js';
import type { FieldPlan, Nested } from '../plan.js';
import { readText } from '../read.js';
import type { Mask } from '../schema.js';
import type { FieldRow, FieldValue, TlvEntry } from '../types.js';
import { View } from '../view.js';

const HEADER = '& ';
const HEADER_LENGTH = 12;
const TOKEN = '! ';
const TOKEN_HEADER_LENGTH = 10;
const ID_LENGTH = 2;
const FIGURE_DIGITS = 5;
const FIGURE_MAX = 99_999;

export interface TokenPlan {
  readonly name: string;
  /** Of the token's whole text. */
  readonly mask: Mask;
  /** How its data is cut; undefined where it is taken whole. */
  readonly parts: Nested | undefined;
}

export interface TokensShape {
  /** The field itself, without this nesting. */
  readonly field: FieldPlan;
  readonly lenient: boolean;
  readonly tokens: ReadonlyMap<string, TokenPlan>;
  /** For every other token. */
  readonly other: TokenPlan;
}

interface Token {
  readonly id: string;
  readonly plan: TokenPlan;
  /** Of its data. */
  readonly start: number;
  readonly end: number;
}

export function base24Nested(shape: TokensShape): Nested {
  const { field } = shape;
  const planOf = (id: string) => shape.tokens.get(id) ?? shape.other;
  const tokensOf = (view: View, start: number, end: number) =>
    walk(shape, readText(field, view, start, end), start);
  return {
    lenient: shape.lenient,
    sensitive: shape.other.mask !== 'none' || [...shape.tokens.values()].some(({ mask }) => mask !== 'none'),
    check(frame, start, end) {
      const text = readText(field, new View(frame.subarray(start, end)), 0, end - start);
      for (const token of walk(shape, text, start)) token.plan.parts?.check(frame, token.start, token.end);
    },
    find(view, start, end, path) {
      const [id = '', ...rest] = path.split('.');
      const token = tokensOf(view, start, end).find((one) => one.id === id);
      if (!token) return undefined;
      if (rest.length === 0) return readText(field, view, token.start, token.end);
      return token.plan.parts?.find(view, token.start, token.end, rest.join('.'));
    },
    value: (view, start, end) =>
      tokensOf(view, start, end).map((token): TlvEntry => [token.id, tokenValue(field, view, token)]),
    write: () => fault(field.path, undefined, 'text'),
    rows: (view, start, end, clear) =>
      tokensOf(view, start, end).flatMap((token) => rowsOf(field, view, token, clear)),
    overwrite(view, start, end, out) {
      for (const { plan, start: from, end: to } of tokensOf(view, start, end)) {
        if (plan.parts?.overwrite) plan.parts.overwrite(view, from, to, out);
        else overwriteContent(field, plan.mask, view, from, to, out);
      }
    },
    describe(path) {
      const [id = '', ...rest] = path.split('.');
      return rest.length === 0 ? planOf(id) : planOf(id).parts?.describe(rest.join('.'));
    },
    compose: (value) => compose(shape, value),
  };
}

function walk(shape: TokensShape, text: string, start: number): Token[] {
  const { path } = shape.field;
  if (text.length < HEADER_LENGTH)
    fault(path, start, `a token header of ${HEADER_LENGTH} characters`, `only ${text.length}`);
  if (!text.startsWith(HEADER)) fault(path, start, `'${HEADER}' before all tokens`, 'other characters');
  const countAt = HEADER.length;
  const lengthAt = countAt + FIGURE_DIGITS;
  const count = figure(path, text, countAt, start);
  const length = figure(path, text, lengthAt, start);
  if (length !== text.length)
    fault(path, start + lengthAt, `${text.length} as the length of all tokens`, `${length}`);
  const tokens: Token[] = [];
  for (let at = HEADER_LENGTH; at < text.length; ) {
    const token = tokenAt(shape, text, at, start, tokens.length + 1);
    tokens.push(token);
    at = token.end - start;
  }
  if (count !== tokens.length + 1)
    fault(path, start + countAt, `a count of ${tokens.length + 1}, the header among them`, `${count}`);
  return tokens;
}

function tokenAt(shape: TokensShape, text: string, at: number, start: number, number: number): Token {
  const left = text.length - at;
  const { path: field } = shape.field;
  if (left < TOKEN_HEADER_LENGTH)
    fault(`${field}.#${number}`, start + at, `a header of ${TOKEN_HEADER_LENGTH} characters`, `only ${left}`);
  const lengthAt = at + TOKEN.length + ID_LENGTH;
  const id = text.slice(at + TOKEN.length, lengthAt);
  const plan = shape.tokens.get(id);
  const path = `${field}.${plan ? id : `#${number}`}`;
  if (!text.startsWith(TOKEN, at)) fault(path, start + at, `'${TOKEN}' before a token`, 'other characters');
  const data = at + TOKEN_HEADER_LENGTH;
  const length = figure(path, text, lengthAt, start);
  if (text[data - 1] !== ' ') fault(path, start + data - 1, 'a space before the data', 'another character');
  if (length > text.length - data)
    fault(path, start + lengthAt, `a length of at most ${text.length - data}`, `${length}`);
  return { id, plan: plan ?? shape.other, start: start + data, end: start + data + length };
}

function figure(path: string, text: string, at: number, start: number): number {
  const digits = text.slice(at, at + FIGURE_DIGITS);
  if (!/^\d{5}$/.test(digits)) fault(path, start + at, `${FIGURE_DIGITS} decimal digits`, 'other characters');
  return Number(digits);
}

function tokenValue(field: FieldPlan, view: View, { plan, start, end }: Token): FieldValue {
  return plan.parts ? plan.parts.value(view, start, end) : readText(field, view, start, end);
}

function rowsOf(field: FieldPlan, view: View, token: Token, clear: boolean): FieldRow[] {
  const { id, plan, start, end } = token;
  const text = readText(field, view, start, end);
  const row: FieldRow = {
    path: `${field.path}.${id}`,
    name: plan.name,
    offset: view.wireOffset(start),
    length: view.wireLength(end - start),
    value: clear ? text : maskText(plan.mask, text),
    sensitive: plan.mask !== 'none',
  };
  return [row, ...(plan.parts?.rows(view, start, end, clear) ?? [])];
}

function compose({ field, tokens }: TokensShape, value: FieldValue): string {
  if (!Array.isArray(value)) fault(field.path, undefined, 'text or a list of [token, value]');
  let text = '';
  for (const entry of value as readonly unknown[]) {
    if (!Array.isArray(entry) || typeof entry[0] !== 'string' || entry[0].length !== ID_LENGTH)
      fault(field.path, undefined, `entries [token, value], the token's id of ${ID_LENGTH} characters`);
    const [id, given] = entry as [string, FieldValue];
    const data = dataOf(`${field.path}.${id}`, tokens.get(id)?.parts, given);
    text += `${TOKEN}${id}${figureText(field.path, data.length)} ${data}`;
  }
  const count = figureText(field.path, value.length + 1);
  return `${HEADER}${count}${figureText(field.path, HEADER_LENGTH + text.length)}${text}`;
}

function dataOf(path: string, parts: Nested | undefined, value: FieldValue): string {
  if (typeof value === 'string') return value;
  if (parts?.compose) return parts.compose(value);
  return fault(path, undefined, 'text', 'another value');
}

function figureText(path: string, figure: number): string {
  if (figure > FIGURE_MAX) fault(path, undefined, `at most ${FIGURE_MAX} characters`, `${figure}`);
  return String(figure).padStart(FIGURE_DIGITS, '0');
}
