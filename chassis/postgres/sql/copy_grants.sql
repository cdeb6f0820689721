CREATE OR REPLACE FUNCTION copy_grants(source regclass, target regclass) RETURNS void
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
COMMENT ON FUNCTION copy_grants IS 'Give one table the privileges of another.';
