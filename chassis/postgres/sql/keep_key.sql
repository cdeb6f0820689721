CREATE OR REPLACE FUNCTION keep_key(
    whose uuid, wrapped_key bytea, by_master text, told_revision integer, erased timestamptz
) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    INSERT INTO keys AS k (subject, wrapped, master, own, revision, announced, erased_at)
    VALUES (whose, wrapped_key, by_master, false, told_revision, told_revision, erased)
    ON CONFLICT (subject) DO UPDATE SET wrapped = excluded.wrapped, master = excluded.master,
        revision = excluded.revision, announced = excluded.announced, erased_at = excluded.erased_at
    WHERE NOT k.own AND k.revision < excluded.revision
$$;
COMMENT ON FUNCTION keep_key IS 'Stores another service''s key, or that it was erased; the highest revision holds.';
