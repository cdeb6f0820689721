CREATE OR REPLACE FUNCTION begin_rebuild(of_reader text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    beside text := 'rebuild_' || of_reader;
    kept text;
    made record;
BEGIN
    IF NOT EXISTS (SELECT FROM public.read_models WHERE reader = of_reader) THEN
        RAISE EXCEPTION 'no tables of reader % are registered', of_reader USING ERRCODE = 'invalid_parameter_value';
    END IF;
    EXECUTE format('DROP SCHEMA IF EXISTS %I CASCADE', beside);
    EXECUTE format('CREATE SCHEMA %I', beside);
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', beside, session_user);
    FOR kept IN SELECT table_name FROM public.read_models WHERE reader = of_reader ORDER BY table_name LOOP
        EXECUTE format('CREATE TABLE %I.%I (LIKE public.%I INCLUDING ALL EXCLUDING INDEXES)', beside, kept, kept);
        PERFORM public.copy_grants(format('public.%I', kept)::regclass, format('%I.%I', beside, kept)::regclass);
        -- The key at once, every other index when the table is full.
        FOR made IN SELECT conname, pg_get_constraintdef(oid) AS definition FROM pg_constraint
                     WHERE conrelid = format('public.%I', kept)::regclass AND contype = 'p' LOOP
            EXECUTE format('ALTER TABLE %I.%I ADD CONSTRAINT %I %s', beside, kept, made.conname, made.definition);
        END LOOP;
    END LOOP;
    FOREACH kept IN ARRAY ARRAY['progress', 'seen', 'parked'] LOOP
        EXECUTE format('CREATE TABLE %I.%I (LIKE public.%I INCLUDING ALL)', beside, kept, kept);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I.%I TO %I', beside, kept, session_user);
    END LOOP;
END $$;
COMMENT ON FUNCTION begin_rebuild IS 'Create empty twins of a reader''s tables and bookkeeping in a schema of their own.';
