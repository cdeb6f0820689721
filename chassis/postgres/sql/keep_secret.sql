CREATE OR REPLACE FUNCTION keep_secret(wrapped_secret bytea, by_master text, wrapped_before text)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    INSERT INTO secret (wrapped, master) SELECT wrapped_secret, by_master WHERE wrapped_before IS NULL
    ON CONFLICT DO NOTHING;
    UPDATE secret SET wrapped = wrapped_secret, master = by_master WHERE master = wrapped_before
$$;
COMMENT ON FUNCTION keep_secret IS 'Stores the database''s secret where there is none, or wrapped with another master key.';
