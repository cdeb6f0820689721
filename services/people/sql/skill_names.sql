CREATE OR REPLACE FUNCTION skill_names(qualifications jsonb) RETURNS text[] LANGUAGE sql IMMUTABLE
-- An index is built with no other path.
SET search_path = public, pg_temp AS $$
    SELECT ARRAY(SELECT identity(skill->>'skill') FROM jsonb_array_elements(qualifications->'skills') skill)
$$;
COMMENT ON FUNCTION skill_names IS 'The names of the skills in somebody''s qualifications, as one compares them.';
