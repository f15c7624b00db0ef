-- What failed and what was changed lately, as authentik's events tell it; failures in groups, of
-- which `events.rs` says what they have in common. Before 2024.10 there is no history of versions.
with lately as (
    select action, context, created, client_ip, "user" as person,
        coalesce(context ->> 'message', context ->> 'error') as message,
        case when action = 'login_failed' then context ->> 'username'
            else nullif("user" ->> 'username', 'AnonymousUser') end as who,
        context #>> '{http_request,request_id}' as request,
        -- Of several the one that began it: it stands last and is marked.
        (select e from jsonb_array_elements(case jsonb_typeof(context -> 'exception')
                when 'array' then context -> 'exception' else '[]' end) with ordinality one(e, n)
            order by e -> 'is_cause' = 'true' desc nulls last,
                case when e -> 'is_cause' = 'true' then -n else n end
            limit 1) as raised
    from authentik_events_event
    where action in ('login_failed', 'suspicious_request', 'configuration_error',
            'policy_exception', 'property_mapping_exception', 'system_exception')
        and created > now() - (:'asked'::jsonb ->> 'within')::bigint * interval '1 second'
), slim as (
    select created, client_ip, who, request, jsonb_strip_nulls(jsonb_build_object(
        'action', action,
        'username', case when action = 'login_failed' and person ->> 'pk' is not null
            and person ->> 'username' = context ->> 'username' then left(who, 300) end,
        'message', nullif(left(split_part(message, E'\n', 1), 300), ''),
        'error', left(case
            when raised is not null then concat_ws(': ',
                raised ->> 'exc_type', nullif(raised ->> 'exc_value', ''))
            when btrim(message, E' \n') like E'%\n%'
                then btrim(regexp_replace(btrim(message, E' \n'), E'^.*\n', '')) end, 300),
        'application', case when context #>> '{request,obj,model_name}' = 'application'
            then left(context #>> '{request,obj,name}', 300) end,
        'provider', left(context #>> '{provider,name}', 300),
        'client_id', case when context #>> '{request,obj,model_name}' is distinct from 'application'
            then left(context #>> '{http_request,args,client_id}', 300) end,
        'binding', left(context #>> '{binding,name}', 300),
        'mapping', left(context #>> '{mapping,name}', 300),
        'script', case when action in (
                'policy_exception', 'property_mapping_exception', 'configuration_error')
            then left(ltrim(raised #>> '{frames,0,filename}', '/'), 300) end,
        'redirect_uri', left(context ->> 'redirect_uri', 300),
        'path', case when action = 'system_exception'
            then left(context #>> '{http_request,path}', 300) end
    )) as key
    from lately
), logins as (
    select "user" ->> 'username' as username, max(created) as last
    from authentik_events_event
    where action = 'login'
        and created > now() - (:'asked'::jsonb ->> 'within')::bigint * interval '1 second'
    group by 1
), grouped as (
    select key, count(*) as count, min(created) as first, max(created) as last,
        (array_agg(created order by created desc))[2] as before_last,
        count(distinct who) as names,
        (array_agg(distinct left(who, 300)) filter (where who is not null))[1:5] as people,
        (array_agg(distinct host(client_ip)) filter (where client_ip is not null))[1:5] as addresses,
        (array_agg(request order by created desc) filter (where request is not null))[1:5] as requests
    from slim group by key order by max(created) desc limit 200
)
select jsonb_build_object('failures', coalesce(jsonb_agg(g.key || jsonb_build_object(
    'count', g.count,
    'first', g.first,
    'last', g.last,
    'before_last', g.before_last,
    'names', g.names,
    'people', coalesce(to_jsonb(g.people), '[]'),
    'addresses', coalesce(to_jsonb(g.addresses), '[]'),
    'requests', coalesce(to_jsonb(g.requests), '[]'),
    'signed_in_since', case when g.key ? 'username' then exists (
        select from logins l where l.username = g.key ->> 'username' and l.last > g.last) end
) order by g.last desc), '[]'))
from grouped g;

select jsonb_build_object('changes', coalesce(jsonb_agg(to_jsonb(c) order by c.at desc), '[]'))
from (
    select action,
        context #>> '{model,model_name}' as model,
        left(context #>> '{model,name}', 300) as name,
        context #>> '{model,pk}' as pk,
        nullif("user" ->> 'username', 'AnonymousUser') as who,
        created as at,
        context #>> '{http_request,request_id}' as request,
        case jsonb_typeof(context -> 'diff') when 'object' then array(
            select left(field, 300) from jsonb_object_keys(context -> 'diff') field limit 8) end as fields
    from authentik_events_event
    where action in ('model_created', 'model_updated', 'model_deleted')
        and created > now() - ((:'asked'::jsonb ->> 'within')::bigint + 3600) * interval '1 second'
        and context #>> '{model,model_name}' ~ ('^(application|flow|flowstagebinding|brand|tenant'
            '|certificatekeypair|policybinding|outpost|.*provider|.*stage|.*policy|.*mapping|.*source)$')
    order by created desc limit 200
) c;

select jsonb_build_object('versions', coalesce(jsonb_agg(jsonb_build_object(
    'version', version, 'at', "timestamp") order by "timestamp" desc, id desc), '[]'))
from (
    select * from authentik_version_history order by "timestamp" desc, id desc limit 5
) v;
