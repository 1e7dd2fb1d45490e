#variable_conflict use_column
DECLARE
    -- The columns that `equal` may name.
    columns constant text[] := ARRAY[{columns}]::text[];
    -- Where the shoes lie: each place is asked for its best, on its own server where it has one.
    places constant text[] := ARRAY[{places}]::text[];
    conditions text := '';
    condition record;
    q record;
BEGIN
    PERFORM {is_shown};
    IF coalesce(jsonb_typeof(recommend.equal), 'object') <> 'object' THEN
        RAISE EXCEPTION 'equal is no object'
            USING HINT = 'write it as {"column": "value"} or {"column": ["one", "another"]}';
    END IF;
    FOR condition IN SELECT key, value FROM jsonb_each(coalesce(recommend.equal, '{}')) LOOP
        IF NOT condition.key = ANY (columns) THEN
            RAISE EXCEPTION 'there is no column %', condition.key
                USING HINT = 'the columns are ' || array_to_string(columns, ', ');
        END IF;
        -- A list means any of its values, null a missing one.
        conditions := conditions || CASE jsonb_typeof(condition.value)
            WHEN 'null' THEN format(' AND s.%I IS NULL', condition.key)
            WHEN 'array' THEN format(' AND s.%I::text = ANY (%L::text[])', condition.key,
                ARRAY(SELECT jsonb_array_elements_text(condition.value)))
            ELSE format(' AND s.%I::text = %L', condition.key, condition.value #>> '{}')
        END;
    END LOOP;
    SELECT * INTO q FROM {shoe} WHERE id = recommend.of_id ORDER BY row LIMIT 1;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    RETURN QUERY EXECUTE (
        SELECT 'SELECT p.id, p.score::real FROM (' || string_agg(
            '(SELECT s.id, s.row, -(s.embedding <#> $1){by_learned} AS score FROM ' || place || ' s
            WHERE s.row <> $2' || conditions || ' ORDER BY 3 DESC, s.row LIMIT $3)', ' UNION ALL ')
            || ') p ORDER BY 0 + p.score DESC, p.row LIMIT $3'
        FROM unnest(places) place)
        USING q.embedding, q.row, greatest(coalesce(recommend.k, 24), 0)::bigint{learned_of};
END
