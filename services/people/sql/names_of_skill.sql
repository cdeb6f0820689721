CREATE OR REPLACE FUNCTION names_of_skill(name text) RETURNS text[] LANGUAGE sql STABLE AS $$
    SELECT ARRAY(
        SELECT identity(name)
        UNION
        SELECT identity(other) FROM states, LATERAL (
            SELECT state->>'name' UNION ALL SELECT jsonb_array_elements_text(state->'aliases')
        ) known (other)
        WHERE kind = 'skill' AND state->>'merged_into' IS NULL AND state->>'retired' = 'false'
        AND (identity(state->>'name') = identity(name) OR EXISTS (
            SELECT FROM jsonb_array_elements_text(state->'aliases') alias WHERE identity(alias) = identity(name)
        ))
    )
$$;
COMMENT ON FUNCTION names_of_skill IS 'All names of the skill that goes by this name in the catalogue, as one compares them.';
