CREATE OR REPLACE FUNCTION index_rebuild(of_reader text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    beside text := 'rebuild_' || of_reader;
    made record;
BEGIN
    FOR made IN
        SELECT m.table_name, i.relname, pg_get_indexdef(i.oid) AS definition, c.conname,
               pg_get_constraintdef(c.oid) AS constraint_definition
          FROM public.read_models m
          JOIN pg_index x ON x.indrelid = format('public.%I', m.table_name)::regclass
          JOIN pg_class i ON i.oid = x.indexrelid
          LEFT JOIN pg_constraint c ON c.conindid = i.oid AND c.contype IN ('p', 'u', 'x')
         WHERE m.reader = of_reader
           AND NOT EXISTS (SELECT FROM pg_class o WHERE o.relname = i.relname AND o.relnamespace = beside::regnamespace)
         ORDER BY m.table_name, i.relname
    LOOP
        IF made.conname IS NULL THEN
            EXECUTE replace(made.definition, format(' ON public.%I ', made.table_name),
                            format(' ON %I.%I ', beside, made.table_name));
        ELSE
            EXECUTE format('ALTER TABLE %I.%I ADD CONSTRAINT %I %s', beside, made.table_name, made.conname,
                           made.constraint_definition);
        END IF;
    END LOOP;
    FOR made IN SELECT table_name FROM public.read_models WHERE reader = of_reader LOOP
        EXECUTE format('ANALYZE %I.%I', beside, made.table_name);
    END LOOP;
END $$;
COMMENT ON FUNCTION index_rebuild IS 'Create every index of the live tables on their twins, under the same names.';
