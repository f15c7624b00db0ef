-- Flows, their stages and the brands that choose them. Enabled bindings of policies, groups and
-- people, of which only the number is told, decide whether a flow or a stage applies.
select jsonb_build_object('flows', coalesce(jsonb_agg(jsonb_build_object(
    'pk', f.flow_uuid,
    'slug', f.slug,
    'name', f.name,
    'designation', f.designation,
    'authentication', to_jsonb(f) -> 'authentication',
    'denied_action', to_jsonb(f) -> 'denied_action',
    'policies', (select count(*) from authentik_policies_policybinding b
        where b.target_id = f.policybindingmodel_ptr_id and b.enabled)
) order by f.slug), '[]'))
from authentik_flows_flow f;

-- Every kind of stage has a table of its own, whose name ends in that of its model; which there are
-- differs between releases, so they are looked up. An identification stage can hold a password
-- stage.
select coalesce(
    string_agg(format('select stage_ptr_id, %L as kind from %I',
        regexp_replace(table_name, '^.*_', ''), table_name), ' union all ' order by table_name),
    'select null::uuid as stage_ptr_id, null as kind where false') as kinds
from information_schema.columns
where column_name = 'stage_ptr_id' and table_schema = current_schema()
\gset
select coalesce(
    string_agg(format('select stage_ptr_id, not_configured_action from %I', table_name),
        ' union all ' order by table_name),
    'select null::uuid as stage_ptr_id, null::text as not_configured_action where false') as factors
from information_schema.columns
where column_name = 'not_configured_action' and table_schema = current_schema()
\gset
select jsonb_build_object('flow_stages', coalesce(jsonb_agg(jsonb_build_object(
    'flow', b.target_id,
    'stage', s.stage_uuid,
    'name', s.name,
    'order', b."order",
    -- PostgreSQL cuts this one's name off.
    'kind', case when factors.stage_ptr_id is not null
        then 'authenticatorvalidatestage' else kinds.kind end,
    'policies', (select count(*) from authentik_policies_policybinding p
        where p.target_id = b.policybindingmodel_ptr_id and p.enabled),
    'user_fields', to_jsonb(i.user_fields),
    'sources', case when i.stage_ptr_id is not null then (
        select count(*) from authentik_stages_identification_identificationstage_sources m
        where m.identificationstage_id = i.stage_ptr_id) end,
    'passwordless', case when i.stage_ptr_id is not null then coalesce(
        to_jsonb(i) ->> 'passwordless_flow_id', to_jsonb(i) ->> 'webauthn_stage_id') is not null end,
    'checking', i.password_stage_id,
    'backends', to_jsonb(coalesce(p.backends, inside.backends)),
    'not_configured_action', factors.not_configured_action
) order by b.target_id, b."order", s.name), '[]'))
from authentik_flows_flowstagebinding b
join authentik_flows_stage s on s.stage_uuid = b.stage_id
left join (:kinds) kinds on kinds.stage_ptr_id = s.stage_uuid
left join (:factors) factors on factors.stage_ptr_id = s.stage_uuid
left join authentik_stages_identification_identificationstage i on i.stage_ptr_id = s.stage_uuid
left join authentik_stages_password_passwordstage p on p.stage_ptr_id = s.stage_uuid
left join authentik_stages_password_passwordstage inside on inside.stage_ptr_id = i.password_stage_id;

-- authentik 2024.2 and later; tenants before.
select jsonb_build_object('brands', coalesce(jsonb_agg(jsonb_build_object(
    'pk', brand_uuid,
    'domain', domain,
    'default', "default",
    'authentication', flow_authentication_id,
    'invalidation', flow_invalidation_id
) order by domain), '[]'))
from authentik_brands_brand;

