CREATE OR REPLACE FUNCTION in_confidence(person text, caller text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT person = caller OR EXISTS (
        SELECT FROM states WHERE stream = 'person-' || caller AND state->>'employment' = 'active'
        AND state->'appointment'->>'grade' IN ('junior manager', 'manager', 'senior manager', 'executive')
    ) OR EXISTS (
        SELECT FROM states, jsonb_array_elements(state->'stand_ins') named WHERE stream = 'person-' || person
        AND named->>'stand_in_id' = caller AND named->>'confidential' = 'true'
        AND today_in(time_zone_of(coalesce(state->'appointment'->>'division_id', state->>'hired_into'))) BETWEEN (named->>'starts_on')::date AND (named->>'ends_on')::date
    )
$$;
COMMENT ON FUNCTION in_confidence IS 'Whether who acts for a person may see and decide what is confidential: a manager, or entrusted with it.';
