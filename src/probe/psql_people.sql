-- Those whom the question names, who administer authentik, or who could not sign in, told by
-- psql_person_row.sql, which stands before this.

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
