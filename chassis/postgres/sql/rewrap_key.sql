CREATE OR REPLACE FUNCTION rewrap_key(
    whose uuid, seen_revision integer, wrapped_before text, wrapped_key bytea, by_master text
) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    -- One that was erased or told again meanwhile is left alone; own ones are published once more.
    UPDATE keys SET wrapped = wrapped_key, master = by_master, revision = revision + own::integer
     WHERE subject = whose AND revision = seen_revision AND wrapped IS NOT NULL AND master = wrapped_before
$$;
COMMENT ON FUNCTION rewrap_key IS 'Replaces a key, wrapped with a previous master key, by itself wrapped with another.';
