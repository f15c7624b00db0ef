
-- Who may open which application: what is bound to it, and whether anybody is in the groups that
-- are. After the questions about people, whose names for the tables of groups these use.
select jsonb_build_object('access_apps', coalesce(jsonb_agg(jsonb_build_object(
    'slug', a.slug,
    'name', a.name,
    'target', m.pbm_uuid,
    'mode', m.policy_engine_mode
) order by a.slug), '[]'))
from authentik_core_application a
join authentik_policies_policybindingmodel m on m.pbm_uuid = a.policybindingmodel_ptr_id;

-- Every kind of policy has a table of its own, as stages have.
select coalesce(
    string_agg(format('select policy_ptr_id, %L as kind from %I',
        regexp_replace(table_name, '^.*_', ''), table_name), ' union all ' order by table_name),
    'select null::uuid as policy_ptr_id, null as kind where false') as policy_kinds
from information_schema.columns
where column_name = 'policy_ptr_id' and table_schema = current_schema()
\gset

-- Whole rows as JSON for `expiring` and `expires` (2026.8) and `dry_run` (2026.11).
select jsonb_build_object('access_bindings', case when count(*) <= 5000 then
    coalesce(jsonb_agg(jsonb_build_object(
        'pk', b.policy_binding_uuid,
        'target', b.target_id,
        'order', b."order",
        'enabled', b.enabled,
        'negate', b.negate,
        'expired', coalesce((to_jsonb(b) ->> 'expiring')::boolean
            and (to_jsonb(b) ->> 'expires')::timestamptz <= now(), false),
        'dry_run', coalesce((to_jsonb(b) ->> 'dry_run')::boolean, false),
        'failure_result', coalesce((to_jsonb(b) ->> 'failure_result')::boolean, false),
        'timeout', b.timeout,
        'user', case when u.id is not null then jsonb_build_object(
            'pk', u.id, 'username', u.username, 'is_active', u.is_active) end,
        'group', case when g.group_uuid is not null then jsonb_build_object(
            'pk', g.group_uuid, 'name', g.name) end,
        'policy', case when p.policy_uuid is not null then jsonb_build_object(
            'pk', p.policy_uuid, 'name', p.name, 'kind', kinds.kind) end
    ) order by b.target_id, b."order", b.policy_binding_uuid), '[]') end)
from (
    select one.* from authentik_policies_policybinding one
    join authentik_core_application a on a.policybindingmodel_ptr_id = one.target_id
    limit 5001
) b
left join authentik_core_user u on u.id = b.user_id
left join authentik_core_group g on g.group_uuid = b.group_id
left join authentik_policies_policy p on p.policy_uuid = b.policy_id
left join (:policy_kinds) kinds on kinds.policy_ptr_id = b.policy_id;

with recursive below(top, id) as (
    select b.group_id, b.group_id from authentik_policies_policybinding b
    join authentik_core_application a on a.policybindingmodel_ptr_id = b.target_id
    where b.group_id is not null
    union select below.top, e.child_id from :parentage e join below on e.parent_id = below.id
)
select jsonb_build_object('access_groups', coalesce(jsonb_agg(jsonb_build_object(
    'pk', g.top,
    'below', array_remove(g.ids, g.top),
    'people', exists (select from :members m where m.group_id = any(g.ids)),
    'active', exists (select from :members m join authentik_core_user u on u.id = m.user_id
        where m.group_id = any(g.ids) and u.is_active)
) order by g.top), '[]'))
from (select top, array_agg(id order by id) as ids from below group by top) g;

-- A setting of the tenant from 2026.5; open before, and where nobody ever chose.
select jsonb_build_object('access_unbound',
    coalesce((to_jsonb(t) -> 'flags' ->> 'core_default_app_access')::boolean, true))
from authentik_tenants_tenant t
where t.schema_name in (current_schema(), 'public')
order by t.schema_name = current_schema() desc limit 1;
