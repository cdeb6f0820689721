CREATE OR REPLACE FUNCTION swap_rebuild(of_reader text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    beside text := 'rebuild_' || of_reader;
    behind boolean;
    kept text;
    everything text;
BEGIN
    PERFORM FROM public.progress WHERE reader = of_reader ORDER BY topic, partition FOR UPDATE;
    EXECUTE format('SELECT EXISTS (SELECT FROM public.progress p LEFT JOIN %I.progress b'
                   ' ON (b.reader, b.topic, b.partition) = (p.reader, p.topic, p.partition)'
                   ' WHERE p.reader = $1 AND p.next_offset > coalesce(b.next_offset, 0))', beside)
       INTO behind USING of_reader;
    IF behind THEN
        RETURN 'behind';
    END IF;
    IF public.shape_of(of_reader, 'public') IS DISTINCT FROM public.shape_of(of_reader, beside) THEN
        RETURN 'changed';
    END IF;
    SELECT string_agg(format('public.%I', table_name), ', ' ORDER BY table_name) INTO everything
      FROM public.read_models WHERE reader = of_reader;
    -- Shorter than the deadlock timeout: a transaction that reads several of the tables is never the victim.
    PERFORM set_config('lock_timeout', '100ms', true);
    FOR attempt IN 1..100 LOOP
        BEGIN
            EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', everything);
            EXIT;
        EXCEPTION WHEN lock_not_available THEN
            IF attempt = 100 THEN
                RAISE;
            END IF;
        END;
    END LOOP;
    FOR kept IN SELECT table_name FROM public.read_models WHERE reader = of_reader ORDER BY table_name LOOP
        PERFORM public.copy_grants(format('public.%I', kept)::regclass, format('%I.%I', beside, kept)::regclass);
        EXECUTE format('DROP TABLE public.%I', kept);
        EXECUTE format('ALTER TABLE %I.%I SET SCHEMA public', beside, kept);
    END LOOP;
    FOREACH kept IN ARRAY ARRAY['progress', 'seen', 'parked'] LOOP
        EXECUTE format('DELETE FROM public.%I WHERE reader = $1', kept) USING of_reader;
        EXECUTE format('INSERT INTO public.%I SELECT * FROM %I.%I WHERE reader = $1', kept, beside, kept)
          USING of_reader;
    END LOOP;
    EXECUTE format('DROP SCHEMA %I CASCADE', beside);
    RETURN 'done';
END $$;
COMMENT ON FUNCTION swap_rebuild IS 'Replace the live tables by their twins, unless these are behind or were altered.';
