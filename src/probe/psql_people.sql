-- Those whom the question names, who administer authentik, or who could not sign in; of a password
-- only whether there is one. `asked` holds the question as hexadecimal JSON.
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

select jsonb_build_object('named', coalesce(jsonb_agg(:person order by u.id), '[]'))
from authentik_core_user u
where u.username in (select jsonb_array_elements_text(:'asked'::jsonb -> 'usernames'));

select jsonb_build_object('near', coalesce(jsonb_agg(jsonb_build_object(
    'wanted', w.name, 'username', n.username, 'email', n.email)), '[]'))
from jsonb_array_elements_text(:'asked'::jsonb -> 'usernames') w(name)
cross join lateral (
    select u.username, u.email from authentik_core_user u
    where lower(u.username) like lower(left(replace(w.name, '\', '\\'), 3)) || '%'
        or lower(u.email) = lower(w.name) or lower(u.name) = lower(w.name)
    order by lower(u.username) = lower(w.name) desc, lower(u.email) = lower(w.name) desc, u.id
    limit 50
) n
where not exists (select from authentik_core_user u where u.username = w.name);

select jsonb_build_object('groups', coalesce(jsonb_agg(jsonb_build_object(
    'pk', group_uuid, 'name', name, 'is_superuser', is_superuser) order by group_uuid), '[]'))
from authentik_core_group
where name in (select jsonb_array_elements_text(:'asked'::jsonb -> 'groups'));

with recursive powerful(id) as (
    select group_uuid from authentik_core_group where is_superuser
    union select e.child_id from :parentage e join powerful on e.parent_id = powerful.id
)
select jsonb_build_object('superusers', coalesce(jsonb_agg(:person), '[]'))
from (
    select * from authentik_core_user
    where id in (select m.user_id from :members m join powerful on powerful.id = m.group_id)
    order by is_active desc, id limit 50
) u;

select jsonb_build_object('tried', coalesce(jsonb_agg(jsonb_build_object(
    'person', :person, 'count', t.times, 'last', t.last) order by t.last desc), '[]'))
from (
    select context ->> 'username' as username, count(*) as times, max(created) as last
    from authentik_events_event
    where action = 'login_failed'
        and created > now() - (:'asked'::jsonb ->> 'within')::bigint * interval '1 second'
    group by 1 order by max(created) desc limit 1000
) t
join lateral (
    select * from authentik_core_user one
    where one.username = t.username
        and (not one.is_active or one.password = '' or one.password like '!%')
    limit 50
) u on true;

select jsonb_build_object('shared_emails', coalesce(jsonb_agg(shared), '[]'))
from (
    select lower(email) as email, count(*) as count,
        to_jsonb((array_agg(username order by id))[1:5]) as usernames
    from authentik_core_user u
    where email <> '' and is_active
        and coalesce(to_jsonb(u) ->> 'type', 'internal') in ('internal', 'external')
    group by 1 having count(*) > 1 order by 1 limit 20
) shared;
