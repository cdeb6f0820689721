CREATE OR REPLACE FUNCTION ngrams(written text, shortest integer) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ARRAY(SELECT DISTINCT substr(lower(written), place, size)
               FROM generate_series(shortest, 3) size, generate_series(1, length(lower(written)) - size + 1) place);
COMMENT ON FUNCTION ngrams IS 'All parts of a text, of up to three characters; indexes of text search are on it.';
