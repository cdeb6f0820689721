CREATE OR REPLACE FUNCTION mark_key_announced(whose uuid, told_revision integer, again interval)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    -- One that has changed since is published once more.
    UPDATE keys SET announced = greatest(announced, told_revision),
        again_at = CASE WHEN erased_at IS NOT NULL THEN now() + greatest(again, now() - erased_at) END
     WHERE subject = whose AND revision = told_revision
$$;
COMMENT ON FUNCTION mark_key_announced IS 'Notes that a key''s revision was published; an erasure is published again.';
