CREATE OR REPLACE FUNCTION end_rebuild(of_reader text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    EXECUTE format('DROP SCHEMA IF EXISTS %I CASCADE', 'rebuild_' || of_reader);
END $$;
COMMENT ON FUNCTION end_rebuild IS 'Drop what a rebuild that was not finished leaves behind.';
