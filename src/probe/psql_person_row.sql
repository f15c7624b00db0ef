-- How somebody is told; of a password only whether there is one. `asked` holds the question as
-- hexadecimal JSON.
-- The tables by release: members in `…_user_ak_groups` up to 2026.1; parents in a column up to
-- 2025.10, in a table of their own after.
select convert_from(decode(:'asked', 'hex'), 'UTF8') as asked,
    case when to_regclass('authentik_core_user_ak_groups') is null
        then 'authentik_core_user_groups' else 'authentik_core_user_ak_groups' end as members,
    case when to_regclass('authentik_core_groupparentage') is null
        then '(select group_uuid as child_id, parent_id from authentik_core_group where parent_id is not null)'
        else 'authentik_core_groupparentage' end as parentage
\gset
select replace(replace($sql$
    with recursive up(id) as (
        select m.group_id from MEMBERS m where m.user_id = u.id
        union select e.parent_id from PARENTAGE e join up on e.child_id = up.id
    )
    select jsonb_build_object(
        'groups', coalesce(jsonb_agg(g.name order by g.name), '[]'),
        'group_pks', coalesce(jsonb_agg(g.group_uuid order by g.group_uuid), '[]'),
        'is_superuser', coalesce(bool_or(g.is_superuser), false))
    from up join authentik_core_group g on g.group_uuid = up.id
$sql$, 'MEMBERS', :'members'), 'PARENTAGE', :'parentage') as belongs
\gset
select $sql$
    jsonb_build_object(
        'pk', u.id,
        'username', u.username,
        'email', u.email,
        'kind', to_jsonb(u) ->> 'type',
        'is_active', u.is_active,
        'usable', u.password <> '' and u.password not like '!%',
        'linked', u.path like 'goauthentik.io/sources/%' or exists (
            select from authentik_core_usersourceconnection c where c.user_id = u.id),
        'last_login', u.last_login
    ) || ($sql$ || :'belongs' || ')' as person
\gset

