"""Let read models be rebuilt beside the live ones: in a schema of their own, and exchanged in one transaction."""

from alembic import op

revision = "chassis_0007"
down_revision = "chassis_0006"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE read_models (reader text NOT NULL, table_name text NOT NULL, PRIMARY KEY (reader, table_name));
COMMENT ON TABLE read_models IS 'Which tables each reader keeps. The owner registers them; only these can be rebuilt.';

CREATE TABLE rebuilds (
    id uuid PRIMARY KEY,
    reader text NOT NULL,
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'reading', 'done', 'cancelled', 'failed')),
    asked_by text NOT NULL,
    asked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    started_at timestamptz,
    finished_at timestamptz,
    fingerprint text,
    read bigint NOT NULL DEFAULT 0,
    total bigint NOT NULL DEFAULT 0,
    reason text
);
COMMENT ON TABLE rebuilds IS 'Rebuilds of read models: who asked, how far they are, how they ended.';
CREATE UNIQUE INDEX rebuilds_under_way ON rebuilds (reader) WHERE state IN ('waiting', 'reading');
"""

FUNCTIONS = """
CREATE FUNCTION copy_grants(source regclass, target regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    given record;
BEGIN
    FOR given IN SELECT a.privilege_type, a.is_grantable,
                        CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END AS whom
                   FROM pg_class c, aclexplode(c.relacl) a WHERE c.oid = source AND a.grantee <> c.relowner LOOP
        EXECUTE format('GRANT %s ON %s TO %s', given.privilege_type, target, given.whom)
             || CASE WHEN given.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END;
    END LOOP;
END $$;

CREATE FUNCTION begin_rebuild(of_reader text) RETURNS void
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
COMMENT ON FUNCTION begin_rebuild IS 'Makes empty twins of a reader''s tables and bookkeeping in a schema beside.';

CREATE FUNCTION index_rebuild(of_reader text) RETURNS void
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
COMMENT ON FUNCTION index_rebuild IS 'Gives the twins every index of the live tables, by the same name.';

CREATE FUNCTION shape_of(of_reader text, in_schema text) RETURNS text[]
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

CREATE FUNCTION swap_rebuild(of_reader text) RETURNS text
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
    -- Short of the time after which the server looks for deadlocks: whoever reads several tables is never its victim.
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
COMMENT ON FUNCTION swap_rebuild IS 'Exchanges the live tables for their twins, unless these are behind or altered.';

CREATE FUNCTION end_rebuild(of_reader text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    EXECUTE format('DROP SCHEMA IF EXISTS %I CASCADE', 'rebuild_' || of_reader);
END $$;
COMMENT ON FUNCTION end_rebuild IS 'Leaves nothing behind of a rebuild that was not finished.';
"""

GRANTS = """
REVOKE ALL ON FUNCTION copy_grants, begin_rebuild, index_rebuild, shape_of, swap_rebuild, end_rebuild FROM PUBLIC;
DO $$
DECLARE
    service text := current_setting('portolan.service_role');
BEGIN
    EXECUTE format('GRANT EXECUTE ON FUNCTION begin_rebuild, index_rebuild, swap_rebuild, end_rebuild TO %I', service);
    EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON read_models FROM %I', service);
END $$;
"""


def upgrade() -> None:
    for statements in (TABLES, FUNCTIONS, GRANTS):
        op.execute(statements)


def downgrade() -> None:
    raise NotImplementedError("an event store is never taken down by a migration")
