CREATE OR REPLACE FUNCTION shape_of(of_reader text, in_schema text) RETURNS text[]
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT array_agg(line ORDER BY line) FROM (
        SELECT format('%s.%s %s %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull) AS line
          FROM public.read_models m
          JOIN pg_class c ON c.relname = m.table_name AND c.relnamespace = in_schema::regnamespace
          JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped WHERE m.reader = of_reader
        UNION ALL
        SELECT format('%s index %s', c.relname, i.relname)
          FROM public.read_models m
          JOIN pg_class c ON c.relname = m.table_name AND c.relnamespace = in_schema::regnamespace
          JOIN pg_index x ON x.indrelid = c.oid JOIN pg_class i ON i.oid = x.indexrelid WHERE m.reader = of_reader
    ) AS lines
$$;
COMMENT ON FUNCTION shape_of IS 'The columns and index names of a reader''s tables in a schema, to compare.';
