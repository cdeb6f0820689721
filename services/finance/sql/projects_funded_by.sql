CREATE OR REPLACE FUNCTION projects_funded_by(budget text) RETURNS TABLE (stream text) LANGUAGE sql STABLE AS $$
    SELECT states.stream FROM states WHERE kind = 'project-budget' AND state->'allotments' ? budget
$$;
COMMENT ON FUNCTION projects_funded_by IS 'The budgets of projects that draw from a division budget.';
