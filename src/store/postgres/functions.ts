/**
 * What the shared SQL calls and PostgreSQL lacks: functions and aggregates of the same names. `mark_number` counts as
 * markNumber() in ../sql/network/markSum.ts does.
 */
export const FUNCTIONS = `
CREATE FUNCTION max(bigint, bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT greatest($1, $2)';
CREATE FUNCTION min(bigint, bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT least($1, $2)';
CREATE FUNCTION instr(text, text) RETURNS integer LANGUAGE sql IMMUTABLE STRICT AS 'SELECT strpos($1, $2)';
CREATE FUNCTION hex(bytea) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS 'SELECT upper(encode($1, ''hex''))';
CREATE FUNCTION strftime(text, bigint, text) RETURNS text LANGUAGE sql IMMUTABLE STRICT
  AS 'SELECT to_char(to_timestamp($2) AT TIME ZONE ''UTC'', ''YYYYMMDD'')';

CREATE FUNCTION json_each(text) RETURNS TABLE (value text) LANGUAGE sql IMMUTABLE
  AS 'SELECT jsonb_array_elements_text($1::jsonb)';
CREATE FUNCTION json_each(text, text) RETURNS TABLE (value jsonb) LANGUAGE sql IMMUTABLE
  AS 'SELECT jsonb_array_elements($1::jsonb -> substr($2, 3))';

CREATE FUNCTION add_true(bigint, boolean) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT AS 'SELECT $1 + $2::integer';
CREATE AGGREGATE total(boolean) (SFUNC = add_true, STYPE = bigint, INITCOND = '0');
CREATE AGGREGATE total(bigint) (SFUNC = int8pl, STYPE = bigint, INITCOND = '0');
CREATE AGGREGATE total(numeric) (SFUNC = numeric_add, STYPE = numeric, INITCOND = '0');

-- The lower 32 bits of a product, as Math.imul() has them, unsigned.
CREATE FUNCTION imul(a bigint, b bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS
  'SELECT (a * (b & 65535) + (((a * (b >> 16)) & 65535) << 16)) & 4294967295';
CREATE FUNCTION mark_number(mark text) RETURNS bigint LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  low bigint := 2654435769;
  high bigint := 2246822507;
  unit bigint;
BEGIN
  FOR at IN 1..length(mark) LOOP
    unit := ascii(substr(mark, at, 1));
    low := imul(low # unit, 16777619);
    high := imul(high # unit, 1540483477);
    low := low # (low >> 15);
    high := high # (high >> 13);
  END LOOP;
  low := imul(low # (high >> 16), 3266489909);
  high := imul(high # (low >> 13), 668265263);
  low := low # (low >> 16);
  high := high # (high >> 15);
  RETURN (high & 65535) * 4294967296 + low;
END $$;
CREATE FUNCTION add_mark(bigint, text) RETURNS bigint LANGUAGE sql IMMUTABLE
  AS 'SELECT ($1 + mark_number($2)) % 281474976710656';
CREATE AGGREGATE mark_sum(text) (SFUNC = add_mark, STYPE = bigint, INITCOND = '0');
`;
