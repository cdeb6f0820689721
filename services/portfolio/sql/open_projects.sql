CREATE OR REPLACE FUNCTION open_projects(initiative text) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT count(*) FROM states
    WHERE kind = 'project' AND state->>'initiative_id' = initiative AND state->>'stage' NOT IN ('closed', 'cancelled')
$$;
COMMENT ON FUNCTION open_projects IS 'How many projects of an initiative have not ended.';
