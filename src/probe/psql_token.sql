-- Whose the token is that akdoctor was given, found by its hash: the token itself never goes along.
-- Read-only; `hash` holds the SHA-256 of the token, hexadecimal.
set default_transaction_read_only = on;
set statement_timeout = '3s';

select jsonb_build_object('own', (
    select jsonb_build_object(
        'pk', t.token_uuid,
        'identifier', t.identifier,
        'intent', t.intent,
        'expires', case when t.expiring then t.expires end,
        'username', u.username,
        'is_active', u.is_active)
    from authentik_core_token t
    join authentik_core_user u on u.id = t.user_id
    where encode(sha256(convert_to(t.key, 'UTF8')), 'hex') = :'hash'
    limit 1
));

-- An API token that expires gets a new key, which authentik notes as an event.
select jsonb_build_object('renewed', max(created))
from authentik_events_event
where action = 'secret_rotate';
