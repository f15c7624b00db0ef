alter table authentik_core_user add column password_change_date timestamptz default now();
alter table authentik_events_event add column "user" jsonb, add column client_ip inet;
delete from authentik_events_event;
insert into authentik_events_event (action, context, created, "user", client_ip) values
  ('login_failed', '{"username": "Anna", "stage": {"model_name": "passwordstage"}}', now() - interval '5 minutes', '{"pk": 3, "username": "Anna"}', '10.0.0.1'),
  ('authorize_application', '{"authorized_application": {"pk": "ab", "name": "Gitea"}}', now() - interval '1 hour', '{"pk": 3, "username": "Anna"}', '10.0.0.1'),
  ('authorize_application', '{"authorized_application": {"pk": "ab", "name": "Gitea"}}', now() - interval '90 days', '{"pk": 3, "username": "Anna"}', '10.0.0.1'),
  ('login_failed', '{"username": "boss"}', now(), '{"pk": 4, "username": "boss"}', '10.0.0.1');
create table authentik_stages_authenticator_totp_totpdevice
  (id serial, user_id int, name text, confirmed bool, key text, last_used timestamptz);
create table authentik_stages_authenticator_webauthn_webauthndevice
  (id serial, user_id int, name text, confirmed bool, public_key text, rp_id text);
insert into authentik_stages_authenticator_totp_totpdevice (user_id, name, confirmed, key) values
  (3, 'phone', false, 'SECRETKEY'), (4, 'phone', true, 'SECRETKEY');
insert into authentik_stages_authenticator_webauthn_webauthndevice (user_id, name, confirmed, public_key, rp_id)
  values (3, 'laptop', true, 'PUBLICKEY', 'old.example');
update authentik_stages_authenticator_totp_totpdevice set id = id + 10;
create table authentik_flows_flow (flow_uuid uuid, slug text, policybindingmodel_ptr_id uuid);
create table authentik_flows_stage (stage_uuid uuid, name text);
create table authentik_flows_flowstagebinding
  (policybindingmodel_ptr_id uuid, target_id uuid, stage_id uuid);
create table authentik_stages_authenticator_validate_authenticatorvalidatestage
  (stage_ptr_id uuid, not_configured_action text, device_classes text[]);
create table authentik_stages_identification_identificationstage (stage_ptr_id uuid, user_fields varchar[]);
create table authentik_stages_deny_denystage (stage_ptr_id uuid);
create table authentik_policies_policy (policy_uuid uuid, name text);
create table authentik_policies_policybinding (target_id uuid, policy_id uuid, enabled bool, negate bool);
create table authentik_policies_reputation_reputationpolicy
  (policy_ptr_id uuid, threshold int, check_ip bool, check_username bool);
create table authentik_policies_reputation_reputation (reputation_uuid uuid, identifier text, ip inet, score bigint);
create table authentik_policies_expiry_passwordexpirypolicy (policy_ptr_id uuid, days int, deny_only bool);
insert into authentik_flows_flow values
  ('00000000-0000-0000-0000-0000000000f1', 'login', '00000000-0000-0000-0000-0000000000fa');
insert into authentik_flows_stage values
  ('00000000-0000-0000-0000-000000000051', 'who'), ('00000000-0000-0000-0000-000000000052', 'factor'),
  ('00000000-0000-0000-0000-000000000053', 'stop');
insert into authentik_flows_flowstagebinding values
  ('00000000-0000-0000-0000-0000000000b1', '00000000-0000-0000-0000-0000000000f1', '00000000-0000-0000-0000-000000000051'),
  ('00000000-0000-0000-0000-0000000000b2', '00000000-0000-0000-0000-0000000000f1', '00000000-0000-0000-0000-000000000052'),
  ('00000000-0000-0000-0000-0000000000b3', '00000000-0000-0000-0000-0000000000f1', '00000000-0000-0000-0000-000000000053');
insert into authentik_stages_identification_identificationstage values
  ('00000000-0000-0000-0000-000000000051', '{username}');
insert into authentik_stages_authenticator_validate_authenticatorvalidatestage values
  ('00000000-0000-0000-0000-000000000052', 'deny', '{totp,webauthn}');
insert into authentik_stages_deny_denystage values ('00000000-0000-0000-0000-000000000053');
insert into authentik_policies_policy values
  ('00000000-0000-0000-0000-0000000000e1', 'low'), ('00000000-0000-0000-0000-0000000000e2', 'quarterly'),
  ('00000000-0000-0000-0000-0000000000e3', 'unused');
insert into authentik_policies_reputation_reputationpolicy values
  ('00000000-0000-0000-0000-0000000000e1', -5, false, true), ('00000000-0000-0000-0000-0000000000e3', -5, true, true);
insert into authentik_policies_expiry_passwordexpirypolicy values
  ('00000000-0000-0000-0000-0000000000e2', 90, true);
insert into authentik_policies_policybinding values
  ('00000000-0000-0000-0000-0000000000b3', '00000000-0000-0000-0000-0000000000e1', true, false),
  ('00000000-0000-0000-0000-0000000000b2', '00000000-0000-0000-0000-0000000000e2', true, false);
insert into authentik_policies_reputation_reputation values
  ('00000000-0000-0000-0000-0000000000c1', 'Anna', '10.0.0.1', -7), ('00000000-0000-0000-0000-0000000000c2', 'boss', '10.0.0.1', 3);
