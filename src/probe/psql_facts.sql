-- What the database can tell when authentik's Django cannot start; read-only, no secret selected.
-- One question a statement and one line of JSON an answer, so that a table which a version does
-- not have loses only its own fact.
set default_transaction_read_only = on;
set statement_timeout = '3s';
-- Tables that nobody has analysed look big enough for it: 2 s of compiling for 20 ms of work.
set jit = off;

-- authentik 2024.10 and later.
select jsonb_build_object('version', (
    select version from authentik_version_history order by "timestamp" desc, id desc limit 1
));

select jsonb_build_object('applications', coalesce(jsonb_agg(jsonb_build_object(
    'slug', slug,
    'name', name,
    'provider', provider_id,
    'launch_url', nullif(meta_launch_url, '')
) order by slug), '[]'))
from authentik_core_application;

-- Whole rows as JSON, so that either column may be missing: `_redirect_uris` holds a list from
-- 2024.8.5 and 2024.10.3, `redirect_uris` lines of text before.
select jsonb_build_object('providers', coalesce(jsonb_agg(jsonb_build_object(
    'pk', p.id,
    'name', p.name,
    'client_id', o.client_id,
    'application', a.slug,
    'redirect_uris', coalesce(to_jsonb(o) -> '_redirect_uris', to_jsonb(o) -> 'redirect_uris'),
    'client_type', to_jsonb(o) -> 'client_type',
    'grant_types', to_jsonb(o) -> 'grant_types',
    'signing_key', to_jsonb(o) -> 'signing_key_id',
    'claims_in_id_token', to_jsonb(o) -> 'include_claims_in_id_token',
    'flows', jsonb_build_object(
        'authentication', to_jsonb(p) -> 'authentication_flow_id',
        'authorize', to_jsonb(p) -> 'authorization_flow_id',
        'invalidation', to_jsonb(p) -> 'invalidation_flow_id'),
    'logout', jsonb_build_object(
        'uri', coalesce(to_jsonb(o) ->> 'logout_uri', to_jsonb(o) ->> 'backchannel_logout_uri', ''),
        'method', nullif(to_jsonb(o) ->> 'logout_method', ''))
) order by p.id), '[]'))
from authentik_providers_oauth2_oauth2provider o
join authentik_core_provider p on p.id = o.provider_ptr_id
left join authentik_core_application a on a.provider_id = p.id;

-- Which mappings a provider has, and what each scope mapping is.
select jsonb_build_object('provider_mappings', coalesce(jsonb_agg(
    jsonb_build_array(provider_id, propertymapping_id) order by provider_id, propertymapping_id
), '[]'))
from authentik_core_provider_property_mappings;

select jsonb_build_object('scope_mappings', coalesce(jsonb_agg(jsonb_build_object(
    'pk', m.pm_uuid,
    'name', m.name,
    'scope', s.scope_name,
    'managed', m.managed,
    'expression', m.expression
) order by m.pm_uuid), '[]'))
from authentik_providers_oauth2_scopemapping s
join authentik_core_propertymapping m on m.pm_uuid = s.propertymapping_ptr_id;

-- authentik 2025.8 and later. A row stays behind when a worker dies: only those seen within two
-- minutes are alive, as authentik's own API counts them.
select jsonb_build_object('workers', coalesce(jsonb_agg(jsonb_build_object(
    'worker_id', id::text || '@' || hostname,
    'version', version
) order by id), '[]'))
from authentik_tasks_workerstatus
where last_seen > now() - interval '2 minutes';

-- Whole rows as JSON for `eta`, which only later versions have: a task that is not due yet does not
-- wait.
select jsonb_build_object('queue', jsonb_build_object('count', count(*), 'oldest', min(mtime)))
from authentik_tasks_task t
where state = 'queued'
  and coalesce((to_jsonb(t) ->> 'eta')::timestamptz, now()) <= now();
