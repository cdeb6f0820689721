CREATE OR REPLACE FUNCTION erased(whose uuid) RETURNS boolean LANGUAGE sql STABLE
RETURN EXISTS (SELECT FROM keys WHERE subject = whose AND erased_at IS NOT NULL);
COMMENT ON FUNCTION erased IS 'Whether the subject''s key was deleted.';
