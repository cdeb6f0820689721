CREATE OR REPLACE FUNCTION allotted_to_projects(budget text) RETURNS numeric LANGUAGE sql STABLE AS $$
    SELECT coalesce(sum((state->'allotments'->budget->>'amount')::numeric), 0) FROM states
    WHERE kind = 'project-budget' AND state->'allotments' ? budget
$$;
COMMENT ON FUNCTION allotted_to_projects IS 'What projects draw from a division budget.';
