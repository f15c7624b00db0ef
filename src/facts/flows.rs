//! The flows that authentik runs, and which of them runs for whom (knowledge C.2, corrected by
//! verified.md 7): the provider's own, else that of the brand that answers for the host, else the
//! first by slug whose policies pass.
//!
//! `psql` stands before the API here: it tells in one question what takes the API seven.

use url::Url;

use super::{Base, database_facts, rights, shell_facts};
use crate::{
    evidence::{Evidence, Unknown},
    probe::{
        Probe as _, ProbeError,
        authentik_api::{AskFlows, ProviderRow},
        flows::{BrandRow, FlowFacts, FlowRow, StageRow},
    },
    stack::Stack,
};

/// The flow of a sign-in that began at a source; a policy that comes with it lets nobody else pass
/// (recorded 127, 314).
const OF_SOURCES: &str = "default-source-authentication";

/// Flows, their stages and the brands.
#[derive(Debug, Clone)]
pub struct Flows {
    /// Every flow, by slug.
    pub flows: Vec<FlowRow>,
    /// Every stage of every flow, those of one flow in their order.
    pub stages: Vec<StageRow>,
    /// Every brand.
    pub brands: Vec<BrandRow>,
    /// The key of the evidence.
    pub cite: String,
}

/// The brand that answers for a host.
#[derive(Debug, Clone, Copy)]
pub struct Host<'a> {
    /// The brand; `None` where there is neither one for the host nor a default one.
    pub brand: Option<&'a BrandRow>,
    /// Whether every release would take this one.
    pub sure: bool,
}

/// Who chose a flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChosenBy<'a> {
    /// A provider.
    Provider,
    /// A brand.
    Brand(&'a BrandRow),
    /// Nobody: it is the first by its slug.
    Slug,
}

/// Which flow runs.
#[derive(Debug, Clone, Copy)]
pub enum Chosen<'a> {
    /// This one.
    Flow {
        /// The flow.
        flow: &'a FlowRow,
        /// Who chose it.
        by: ChosenBy<'a>,
    },
    /// None can: authentik answers 404 (recorded 252).
    None,
    /// Policies decide, or the flow that was chosen was not told.
    Open,
}

/// The flows, from the first source that tells them.
///
/// # Errors
/// [`Unknown`] when neither `psql`, the API nor `ak shell` tells.
pub async fn flows(stack: &Stack, seen: &Evidence, base: &Base) -> Result<Flows, Unknown> {
    if let Ok(facts) = database_facts(stack, seen).await
        && let Some(flows) = Flows::of(&facts.flows, "psql")
    {
        return Ok(flows);
    }
    let why = match rights(stack, seen, &base.url).await {
        Ok(_) => {
            let base = base.url.clone();
            let ask = AskFlows { base };
            let key = ask.key();
            match seen.ask(ask).await {
                Ok(facts) => return Flows::of(&facts, &key).ok_or_else(|| untold(&key)),
                Err(why) => why,
            }
        }
        Err(why) => why,
    };
    match shell_facts(stack, seen, base).await {
        Ok(facts) => Flows::of(&facts.flows, "ak shell").ok_or_else(|| untold("ak shell")),
        Err(last) if why.is_not_configured() => Err(last),
        Err(_) => Err(why),
    }
}

fn untold(by: &str) -> Unknown {
    Unknown {
        key: by.to_owned(),
        error: ProbeError::Failed {
            what: by.to_owned(),
            detail: "it did not tell flows and brands; this release may keep them elsewhere".into(),
        },
    }
}

impl Flows {
    /// Those of a telling; `None` when it tells not all three.
    fn of(facts: &FlowFacts, cite: &str) -> Option<Self> {
        let mut told = Self {
            flows: facts.flows.clone()?,
            stages: facts.flow_stages.clone()?,
            brands: facts.brands.clone()?,
            cite: cite.to_owned(),
        };
        told.flows.sort_by(|a, b| a.slug.cmp(&b.slug));
        told.stages.sort_by_key(|stage| stage.order);
        Some(told)
    }

    /// The flow with this primary key.
    pub fn by_pk(&self, pk: &str) -> Option<&FlowRow> {
        self.flows.iter().find(|flow| flow.pk == pk)
    }

    /// The flow with this slug.
    pub fn by_slug(&self, slug: &str) -> Option<&FlowRow> {
        self.flows.iter().find(|flow| flow.slug == slug)
    }

    /// A flow's stages in their order.
    pub fn stages_of<'a>(&'a self, flow: &'a FlowRow) -> impl Iterator<Item = &'a StageRow> {
        self.stages.iter().filter(|stage| stage.flow == flow.pk)
    }

    /// The brand for whoever opens this URL.
    pub fn at(&self, url: &str) -> Host<'_> {
        let url = Url::parse(url).ok();
        let host = url.as_ref().and_then(Url::host_str).unwrap_or_default();
        match url.as_ref().and_then(Url::port) {
            Some(port) => self.host(&format!("{host}:{port}")),
            None => self.host(host),
        }
    }

    /// The brand for a host, written as browsers send it: with its port unless that is the usual
    /// one. Releases differ: the first that is not the default one, the longest, or only one whose
    /// domain begins at a dot; where they would not agree it is not sure.
    pub fn host(&self, host: &str) -> Host<'_> {
        let host = host.to_ascii_lowercase();
        let ends = |brand: &&BrandRow| {
            !brand.default && host.ends_with(&brand.domain.to_ascii_lowercase())
        };
        let mut fitting: Vec<&BrandRow> = self.brands.iter().filter(ends).collect();
        fitting.sort_by_key(|brand| std::cmp::Reverse(brand.domain.len()));
        let default = self.brands.iter().find(|brand| brand.default);
        let Some(first) = fitting.first() else {
            return Host {
                brand: default,
                sure: true,
            };
        };
        let before = host.len() - first.domain.len();
        let whole = before == 0 || host[..before].ends_with('.');
        let is_default_longer = default.is_some_and(|brand| {
            let domain = brand.domain.to_ascii_lowercase();
            domain.len() > first.domain.len() && host.ends_with(&domain)
        });
        Host {
            brand: Some(first),
            sure: whole && fitting.len() == 1 && !is_default_longer,
        }
    }

    /// The flow of the sign-in to a provider, or to authentik itself, at a brand.
    pub fn sign_in<'a>(
        &'a self,
        provider: Option<&ProviderRow>,
        brand: Option<&'a BrandRow>,
    ) -> Chosen<'a> {
        let own = provider.and_then(|provider| provider.flows.as_ref()?.authentication.as_deref());
        let of_brand = brand.and_then(|brand| Some((brand.authentication.as_deref()?, brand)));
        self.named(own, of_brand)
            .unwrap_or_else(|| self.first("authentication"))
    }

    /// The flow that signing out of an app runs: the provider's, else the brand's, and no other
    /// (knowledge B.9).
    pub fn sign_out<'a>(
        &'a self,
        provider: &ProviderRow,
        brand: Option<&'a BrandRow>,
    ) -> Chosen<'a> {
        let own = provider.flows.as_ref();
        let own = own.and_then(|flows| flows.invalidation.as_deref());
        let of_brand = brand.and_then(|brand| Some((brand.invalidation.as_deref()?, brand)));
        self.named(own, of_brand).unwrap_or(Chosen::None)
    }

    fn named<'a>(
        &'a self,
        own: Option<&str>,
        of_brand: Option<(&str, &'a BrandRow)>,
    ) -> Option<Chosen<'a>> {
        let named = |pk: &str, by| match self.by_pk(pk) {
            Some(flow) => Chosen::Flow { flow, by },
            None => Chosen::Open,
        };
        match (own, of_brand) {
            (Some(pk), _) => Some(named(pk, ChosenBy::Provider)),
            (None, Some((pk, brand))) => Some(named(pk, ChosenBy::Brand(brand))),
            (None, None) => None,
        }
    }

    /// The first by slug whose policies pass.
    fn first(&self, designation: &str) -> Chosen<'_> {
        let mut fitting = self.flows.iter();
        let first = fitting.find(|flow| flow.designation == designation && !is_of_sources(flow));
        match first {
            Some(flow) if flow.policies == Some(0) => Chosen::Flow {
                flow,
                by: ChosenBy::Slug,
            },
            Some(_) => Chosen::Open,
            None => Chosen::None,
        }
    }
}

/// Whether this is authentik's own flow for whoever comes from a source, and its policy is there.
pub fn is_of_sources(flow: &FlowRow) -> bool {
    flow.slug == OF_SOURCES && flow.policies != Some(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::flows::ProviderFlows;

    fn flow(slug: &str, designation: &str, policies: u64) -> FlowRow {
        FlowRow {
            pk: format!("pk-{slug}"),
            slug: slug.into(),
            designation: designation.into(),
            policies: Some(policies),
            ..FlowRow::default()
        }
    }

    fn brand(domain: &str, default: bool, flow: Option<&str>) -> BrandRow {
        BrandRow {
            pk: domain.into(),
            domain: domain.into(),
            default,
            authentication: flow.map(str::to_owned),
            invalidation: None,
        }
    }

    fn of(flows: &[FlowRow], brands: &[BrandRow]) -> Flows {
        let facts = FlowFacts {
            flows: Some(flows.to_vec()),
            flow_stages: Some(Vec::new()),
            brands: Some(brands.to_vec()),
        };
        Flows::of(&facts, "x").unwrap()
    }

    fn provider() -> ProviderRow {
        let row =
            r#"{"pk": 1, "name": "P", "client_id": "c", "application": null, "redirect_uris": []}"#;
        serde_json::from_str(row).unwrap()
    }

    fn slug(chosen: Chosen<'_>) -> Option<&str> {
        match chosen {
            Chosen::Flow { flow, .. } => Some(&flow.slug),
            Chosen::None => None,
            Chosen::Open => Some("?"),
        }
    }

    #[test]
    fn a_host_finds_its_brand() {
        let brands = [
            brand("authentik-default", true, None),
            brand("example.com", false, None),
            brand("wiki.example.com", false, None),
        ];
        let flows = of(&[], &brands);
        for (host, domain, sure) in [
            ("localhost:9000", "authentik-default", true),
            ("example.com", "example.com", true),
            ("Wiki.Example.com", "wiki.example.com", false),
            ("auth.example.com", "example.com", true),
            ("myexample.com", "example.com", false),
            ("example.com:9000", "authentik-default", true),
        ] {
            let found = flows.host(host);
            assert_eq!(found.brand.unwrap().domain, domain, "{host}");
            assert_eq!(found.sure, sure, "{host}");
        }
        assert!(of(&[], &[]).host("localhost").brand.is_none());
    }

    #[test]
    fn the_brand_goes_before_the_first_by_slug() {
        let flows = [
            flow("b", "authentication", 0),
            flow("a", "authentication", 0),
            flow("a-0", "enrollment", 0),
        ];
        let brands = [brand("d", true, Some("pk-b"))];
        let flows = of(&flows, &brands);
        let host = flows.host("x").brand;
        assert_eq!(slug(flows.sign_in(None, host)), Some("b"));
        assert_eq!(slug(flows.sign_in(None, None)), Some("a"));
        let gone = brand("d", true, Some("pk-gone"));
        assert_eq!(slug(flows.sign_in(None, Some(&gone))), Some("?"));
        let mut provider = provider();
        assert_eq!(slug(flows.sign_out(&provider, host)), None);
        provider.flows = Some(ProviderFlows {
            invalidation: Some("pk-a".into()),
            ..ProviderFlows::default()
        });
        assert_eq!(slug(flows.sign_out(&provider, host)), Some("a"));
    }

    #[test]
    fn policies_leave_it_open_and_the_flow_of_sources_is_none() {
        let source = flow(OF_SOURCES, "authentication", 1);
        assert_eq!(
            slug(of(std::slice::from_ref(&source), &[]).sign_in(None, None)),
            None
        );
        let guarded = flow("a", "authentication", 1);
        let flows = [guarded, source, flow("z", "authentication", 0)];
        assert_eq!(slug(of(&flows, &[]).sign_in(None, None)), Some("?"));
    }
}
