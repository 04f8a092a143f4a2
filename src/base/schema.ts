/**
 * What is wrong with a document (configuration, format, profile, keys) in one line: the path of its first fault and
 * what is allowed there, for a member that nobody knows the names of those that are known. Values are not quoted.
 */
import { z } from 'zod';

export type Checked<T> =
  | { readonly ok: true; readonly value: T }
  /** `path` is '' for the document as a whole. */
  | { readonly ok: false; readonly path: string; readonly fault: string };

export function checked<S extends z.ZodType>(schema: S, document: unknown): Checked<z.output<S>> {
  const result = schema.safeParse(document, { error: unknownMember });
  if (result.success) return { ok: true, value: result.data };
  const issue = result.error.issues[0];
  if (!issue) return { ok: false, path: '', fault: 'is not as it should be' };
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [];
  return { ok: false, path: [...issue.path, ...unknown].join('.'), fault: faultText(issue) };
}

/** `path: fault`, for errors that name the file before it. */
export function faultLine({ path, fault }: { readonly path: string; readonly fault: string }): string {
  return path === '' ? fault : `${path}: ${fault}`;
}

/** Told while the schema is at hand: an issue no longer knows which names its object would have had. */
function unknownMember(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code !== 'unrecognized_keys') return undefined;
  const known = memberNames(issue.inst as z.core.$ZodType | undefined);
  return `unknown name${known.length === 0 ? '' : `; must be ${oneOf(known)}`}`;
}

function memberNames(schema: z.core.$ZodType | undefined): readonly unknown[] {
  if (schema instanceof z.ZodObject) return Object.keys(schema.shape);
  if (schema instanceof z.ZodRecord && schema.keyType instanceof z.ZodEnum) return schema.keyType.options;
  return [];
}

function faultText(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_value':
      return `must be ${oneOf(issue.values)}`;
    case 'invalid_type':
      return `must be ${issue.expected === 'record' ? 'an object' : `of type ${issue.expected}`}`;
    case 'invalid_format':
      return `must be ${issue.message}`;
    case 'invalid_union':
      return 'options' in issue ? `must be ${oneOf(issue.options as unknown[])}` : eitherOf(issue.errors);
    case 'invalid_key':
      return `must be keyed by ${issue.issues[0]?.message ?? 'a name'}`;
    case 'too_small':
      return `must be at least ${issue.minimum}${unitOf(issue.origin)}`;
    case 'too_big':
      return `must be at most ${issue.maximum}${unitOf(issue.origin)}`;
    default:
      return issue.message.replace(/\s+/g, ' ');
  }
}

/** Each form that would do, by its own first fault. */
function eitherOf(forms: readonly (readonly z.core.$ZodIssue[])[]): string {
  const faults = forms.flatMap(([first]) =>
    first ? [faultLine({ path: first.path.join('.'), fault: faultText(first) })] : [],
  );
  return [...new Set(faults)].join(', or ') || 'is not as it should be';
}

function unitOf(origin: string): string {
  if (origin === 'string') return ' characters long';
  return origin === 'array' ? ' items long' : '';
}

function oneOf(values: readonly unknown[]): string {
  return values.length === 1 ? `'${values[0]}'` : `one of ${values.map((value) => `'${value}'`).join(', ')}`;
}
