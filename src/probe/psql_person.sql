-- Everything that keeps one person from signing in; psql_person_row.sql stands before this. No
-- secret of a device is selected.
select (:'asked'::jsonb ->> 'who') as who, (:'asked'::jsonb ->> 'within') as within
\gset

-- By user name, e-mail address or primary key; `set_at`: when the password was set.
select jsonb_build_object('found', coalesce(jsonb_agg(:person
    || jsonb_build_object('set_at', to_jsonb(u) ->> 'password_change_date')
    order by u.username = :'who' desc, u.id), '[]'))
from (
    select * from authentik_core_user
    where username = :'who' or lower(email) = lower(:'who') or id::text = :'who'
    order by username = :'who' desc, id limit 20
) u;

select jsonb_build_object('near', coalesce(jsonb_agg(jsonb_build_object(
    'username', n.username, 'email', n.email)), '[]'))
from (
    select u.username, u.email from authentik_core_user u
    where lower(u.username) like lower(left(replace(replace(replace(
            :'who', '\', '\\'), '%', '\%'), '_', '\_'), 3)) || '%'
        or lower(u.name) = lower(:'who')
    order by lower(u.username) = lower(:'who') desc, u.id
    limit 50
) n;

-- Every kind of device has a table of its own; which there are differs between releases.
select coalesce(
    string_agg(format('select d.user_id, jsonb_build_object(''pk'', d.id::text, ''kind'', %L,
        ''name'', d.name, ''confirmed'', d.confirmed, ''rp_id'', to_jsonb(d) ->> ''rp_id'',
        ''used'', to_jsonb(d) ->> ''last_used'') as device from %I d',
        regexp_replace(regexp_replace(table_name, '^.*_', ''), 'device$', ''), table_name),
        ' union all ' order by table_name),
    'select 0 as user_id, null::jsonb as device where false') as devices
from (
    select table_name from information_schema.columns
    where table_schema = current_schema() and column_name in ('id', 'user_id', 'confirmed', 'name')
        and table_name like '%device'
    group by table_name having count(*) = 4
) kinds
\gset
select jsonb_build_object('devices', coalesce(jsonb_agg(
    d.device || jsonb_build_object('user', d.user_id) order by d.device ->> 'pk'), '[]'))
from (:devices) d
join (
    select id from authentik_core_user
    where username = :'who' or lower(email) = lower(:'who') or id::text = :'who'
    order by username = :'who' desc, id limit 20
) u on u.id = d.user_id;

-- Stages that ask for a second factor, and the flows that they stand in. PostgreSQL cuts their
-- table's name off.
select coalesce(
    string_agg(format('select stage_ptr_id, not_configured_action, to_jsonb(device_classes) as classes from %I',
        table_name), ' union all ' order by table_name),
    'select null::uuid as stage_ptr_id, null::text as not_configured_action, null::jsonb as classes where false') as factors
from information_schema.columns
where column_name = 'device_classes' and table_schema = current_schema()
\gset
select jsonb_build_object('factors', coalesce(jsonb_agg(jsonb_build_object(
    'name', s.name, 'action', v.not_configured_action, 'classes', v.classes, 'flow', f.slug,
    'policies', (select count(*) from authentik_policies_policybinding p
        where p.target_id = b.policybindingmodel_ptr_id and p.enabled))), '[]'))
from (:factors) v
join authentik_flows_stage s on s.stage_uuid = v.stage_ptr_id
join authentik_flows_flowstagebinding b on b.stage_id = s.stage_uuid
join authentik_flows_flow f on f.flow_uuid = b.target_id;

select jsonb_build_object('identification', coalesce(jsonb_agg(jsonb_build_object(
    'user_fields', to_jsonb(i.user_fields), 'flow', f.slug)), '[]'))
from authentik_stages_identification_identificationstage i
join authentik_flows_flowstagebinding b on b.stage_id = i.stage_ptr_id
join authentik_flows_flow f on f.flow_uuid = b.target_id;

-- A policy of this kind passes where the sum of the scores is at its threshold or below.
select jsonb_build_object('limits', coalesce(jsonb_agg(jsonb_build_object(
    'name', p.name, 'threshold', r.threshold, 'by_name', r.check_username, 'by_address', r.check_ip,
    'stage', s.name, 'flow', coalesce(f.slug, whole.slug), 'negate', b.negate,
    'denies', s.stage_uuid is not null and exists (
        select from authentik_stages_deny_denystage d where d.stage_ptr_id = s.stage_uuid)
) order by p.name), '[]'))
from authentik_policies_reputation_reputationpolicy r
join authentik_policies_policy p on p.policy_uuid = r.policy_ptr_id
join authentik_policies_policybinding b on b.policy_id = p.policy_uuid and b.enabled
left join authentik_flows_flowstagebinding on_stage on on_stage.policybindingmodel_ptr_id = b.target_id
left join authentik_flows_stage s on s.stage_uuid = on_stage.stage_id
left join authentik_flows_flow f on f.flow_uuid = on_stage.target_id
left join authentik_flows_flow whole on whole.policybindingmodel_ptr_id = b.target_id
where f.slug is not null or whole.slug is not null;

select jsonb_build_object('scores', coalesce(jsonb_agg(jsonb_build_object(
    'pk', to_jsonb(r) ->> 'reputation_uuid', 'identifier', identifier, 'score', score)
    order by score), '[]'))
from authentik_policies_reputation_reputation r
where identifier in (
    select username from authentik_core_user
    where username = :'who' or lower(email) = lower(:'who') or id::text = :'who'
    order by username = :'who' desc, id limit 20);

-- Bound anywhere: a password that is older is refused there.
select jsonb_build_object('expiries', coalesce(jsonb_agg(distinct jsonb_build_object(
    'name', p.name, 'days', e.days)), '[]'))
from authentik_policies_expiry_passwordexpirypolicy e
join authentik_policies_policy p on p.policy_uuid = e.policy_ptr_id
join authentik_policies_policybinding b on b.policy_id = p.policy_uuid and b.enabled;

select jsonb_build_object('events', coalesce(jsonb_agg(jsonb_build_object(
    'user', (e."user" ->> 'pk')::bigint, 'action', e.action, 'at', e.created, 'ip', e.client_ip,
    'stage', e.context -> 'stage' ->> 'model_name',
    'app', e.context -> 'authorized_application' ->> 'name',
    'app_pk', e.context -> 'authorized_application' ->> 'pk') order by e.created desc), '[]'))
from (
    select e.* from authentik_events_event e
    where e.action in ('login_failed', 'authorize_application')
        and e.created > now() - greatest(:'within'::bigint, 2592000) * interval '1 second'
        and (e."user" ->> 'pk') in (
            select id::text from authentik_core_user
            where username = :'who' or lower(email) = lower(:'who') or id::text = :'who'
            order by username = :'who' desc, id limit 20)
    order by e.created desc limit 100
) e;
