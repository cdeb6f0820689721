CREATE OR REPLACE FUNCTION division_of_project(project text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT state->>'division_id' FROM states WHERE stream = 'project-' || project
$$;
COMMENT ON FUNCTION division_of_project IS 'The division of a project; null where there is no such project.';
