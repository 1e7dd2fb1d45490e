#variable_conflict use_column
DECLARE
    -- The columns that `equal` may name.
    columns constant text[] := ARRAY[{columns}]::text[];
    conditions text := '';
    condition record;
BEGIN
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
    RETURN QUERY EXECUTE
        'SELECT s.id, (-(s.embedding <#> q.embedding){by_learned})::real
        FROM {shoe} s, (SELECT * FROM {shoe} WHERE id = $1 ORDER BY row LIMIT 1) q
        WHERE s.row <> q.row' || conditions || '
        ORDER BY 2 DESC, s.row LIMIT $2'
        USING recommend.of_id, greatest(coalesce(recommend.k, 24), 0);
END
