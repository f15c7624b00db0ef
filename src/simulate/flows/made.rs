//! The stages of authentik's own flows. Which flow has which was recorded (314), of some their
//! names and kinds too (142 to 145); the order is that of authentik's blueprints.

/// A stage: primary key, name, component, model.
pub(super) type Stage = (&'static str, &'static str, &'static str, &'static str);

/// Those that matter here, whatever flow they are in.
pub(super) const STAGES: &[Stage] = &[
    (
        "74aaa4b3-3a8a-44ec-a202-48693fc8f444",
        "default-authentication-identification",
        "ak-stage-identification-form",
        "authentik_stages_identification.identificationstage",
    ),
    (
        "615c55f9-454d-4057-bcb7-6c66286c65df",
        "default-authentication-password",
        "ak-stage-password-form",
        "authentik_stages_password.passwordstage",
    ),
    (
        "c02504a6-fba7-462b-bdfe-ac541671991b",
        "default-authentication-mfa-validation",
        "ak-stage-authenticator-validate-form",
        "authentik_stages_authenticator_validate.authenticatorvalidatestage",
    ),
    (
        "3320b737-b5ae-4daa-81c7-bd1c37dedab6",
        "default-authentication-login",
        "ak-stage-user-login-form",
        "authentik_stages_user_login.userloginstage",
    ),
    (
        "e263ead9-3219-45a6-9f5a-3a88909d12f0",
        "default-source-authentication-login",
        "ak-stage-user-login-form",
        "authentik_stages_user_login.userloginstage",
    ),
    (
        "01c08591-0a4a-4528-9fbd-374052676f2f",
        "default-source-enrollment-login",
        "ak-stage-user-login-form",
        "authentik_stages_user_login.userloginstage",
    ),
    (
        "354cb8da-1302-4d18-85bc-1e217893d322",
        "default-invalidation-logout",
        "ak-stage-user-logout-form",
        "authentik_stages_user_logout.userlogoutstage",
    ),
    (
        "d0a5b631-fc80-4547-bc46-286603e65a16",
        "default-provider-authorization-consent",
        "ak-stage-consent-form",
        "authentik_stages_consent.consentstage",
    ),
    // In no flow that was recorded.
    (
        "d3279e70-0000-4000-8000-00000000de27",
        "deny-everybody",
        "ak-stage-deny-form",
        "authentik_stages_deny.denystage",
    ),
];

/// The model of every other stage here: none that anything is judged by.
pub(super) const OTHER: (&str, &str) = (
    "ak-stage-prompt-form",
    "authentik_stages_prompt.promptstage",
);

/// The stage whose binding has a policy by authentik's own blueprint (recorded 127), and that
/// binding's primary keys.
pub(super) const WITH_POLICY: (&str, &str, &str) = (
    "615c55f9-454d-4057-bcb7-6c66286c65df",
    "99293ae8-c413-4d90-be80-f5b66ed50082",
    "c451ac33-330f-4f35-9243-539cb3316c48",
);

/// Where a stage stands among those of its flow.
pub(super) fn place(stage: &str) -> usize {
    let at = STAGES.iter().position(|(pk, ..)| *pk == stage);
    at.unwrap_or(STAGES.len())
}
