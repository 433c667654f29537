//! What can be asked in a tenant at all: the permissions of the app's tokens, and the tenant's licences.

use claudetools_graph::{Class, Gap};
use serde::Deserialize;
use serde_json::Value;

use crate::rows::{list, rows};

/// A licence that a check needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plan {
    /// Entra ID P1; P2 has it in it.
    P1,
    /// Entra ID P2.
    P2,
    /// Exchange Online.
    Exchange,
    /// Intune.
    Intune,
}

impl Plan {
    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::P1 => "Entra ID P1",
            Self::P2 => "Entra ID P2",
            Self::Exchange => "Exchange Online",
            Self::Intune => "Intune",
        }
    }

    fn is(self, service_plan: &str) -> bool {
        match self {
            Self::P1 => matches!(service_plan, "AAD_PREMIUM" | "AAD_PREMIUM_P2"),
            Self::P2 => service_plan == "AAD_PREMIUM_P2",
            // The foundation is in every subscription, and has no mailbox.
            Self::Exchange => service_plan.starts_with("EXCHANGE_S_") && service_plan != "EXCHANGE_S_FOUNDATION",
            Self::Intune => service_plan.starts_with("INTUNE_A"),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sku {
    prepaid_units: Units,
    #[serde(default, deserialize_with = "list")]
    service_plans: Vec<ServicePlan>,
}

#[derive(Deserialize)]
struct Units {
    #[serde(default)]
    enabled: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ServicePlan {
    service_plan_name: String,
}

/// The licences that a tenant has, from `subscribedSkus`: those of which at least one is enabled.
pub fn plans(skus: &[Value]) -> Vec<Plan> {
    let skus = rows::<Sku>(skus).read.into_iter().filter(|sku| sku.prepaid_units.enabled > 0);
    let names: Vec<String> = skus.flat_map(|sku| sku.service_plans).map(|plan| plan.service_plan_name).collect();
    let all = [Plan::P1, Plan::P2, Plan::Exchange, Plan::Intune];
    all.into_iter().filter(|plan| names.iter().any(|name| plan.is(name))).collect()
}

/// What can be asked. What is not known is tried: the service says no itself.
#[derive(Clone, Debug, Default)]
pub struct Reach {
    /// Application permissions of the token for Graph.
    pub graph: Option<Vec<String>>,
    /// Application permissions of the token for Exchange.
    pub exchange: Option<Vec<String>>,
    /// The tenant's licences.
    pub plans: Option<Vec<Plan>>,
    /// Why Exchange can't be asked.
    pub without_exchange: Option<Gap>,
}

/// Either lets an app call Exchange; what it may do there, its directory role says.
pub const EXCHANGE: &[&str] = &["Exchange.ManageAsApp", "Exchange.ManageAsAppV2"];

impl Reach {
    /// Whether Graph can be asked with one of these permissions and, where it needs one, this licence.
    pub fn graph(&self, permissions: &[&str], plan: Option<Plan>) -> Result<(), Gap> {
        permitted(self.graph.as_deref(), permissions)?;
        self.licensed(plan)
    }

    /// Whether Exchange can be asked.
    pub fn exchange(&self) -> Result<(), Gap> {
        permitted(self.exchange.as_deref(), EXCHANGE)?;
        self.licensed(Some(Plan::Exchange))?;
        self.without_exchange.clone().map_or(Ok(()), Err)
    }

    fn licensed(&self, plan: Option<Plan>) -> Result<(), Gap> {
        match (plan, &self.plans) {
            (Some(plan), Some(plans)) if !plans.contains(&plan) => {
                Err(Gap::new(Class::NotLicensed, format!("the tenant has no {}", plan.name())))
            }
            _ => Ok(()),
        }
    }
}

fn permitted(granted: Option<&[String]>, permissions: &[&str]) -> Result<(), Gap> {
    let has = |granted: &[String]| permissions.iter().any(|permission| granted.iter().any(|known| known == permission));
    match granted {
        Some(granted) if !has(granted) => {
            let missing = permissions.first().copied().unwrap_or_default();
            Err(Gap::new(Class::NotPermitted, format!("the app has no {missing} in this tenant: consent to it anew")))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sku(plan: &str, enabled: i64) -> Vec<Plan> {
        plans(&[json!({"prepaidUnits": {"enabled": enabled}, "servicePlans": [{"servicePlanName": plan}]})])
    }

    #[test]
    fn a_licence_counts_where_one_is_enabled() {
        assert_eq!(sku("AAD_PREMIUM", 1), [Plan::P1]);
        assert_eq!(sku("AAD_PREMIUM", 0), []);
        assert_eq!(sku("AAD_PREMIUM_P2", 1), [Plan::P1, Plan::P2]);
        assert_eq!(sku("EXCHANGE_S_STANDARD", 1), [Plan::Exchange]);
        assert_eq!(sku("EXCHANGE_S_FOUNDATION", 1), []);
        assert_eq!(sku("INTUNE_A", 1), [Plan::Intune]);
    }

    #[test]
    fn what_is_missing_is_named_and_what_is_unknown_is_tried() {
        let reach = Reach {
            graph: Some(vec!["User.Read.All".into()]),
            exchange: Some(Vec::new()),
            plans: Some(vec![Plan::P1]),
            ..Reach::default()
        };
        assert_eq!(reach.graph(&["Directory.Read.All", "User.Read.All"], Some(Plan::P1)), Ok(()));
        insta::assert_snapshot!(reach.graph(&["AuditLog.Read.All"], None).unwrap_err().detail, @"the app has no AuditLog.Read.All in this tenant: consent to it anew");
        insta::assert_snapshot!(reach.graph(&["User.Read.All"], Some(Plan::P2)).unwrap_err().detail, @"the tenant has no Entra ID P2");
        insta::assert_snapshot!(reach.exchange().unwrap_err().detail, @"the app has no Exchange.ManageAsApp in this tenant: consent to it anew");
        assert!(Reach::default().graph(&["AuditLog.Read.All"], Some(Plan::P2)).is_ok());
        let down = Reach { without_exchange: Some(Gap::new(Class::Unavailable, "503")), ..Reach::default() };
        assert_eq!(down.exchange().unwrap_err().class, Class::Unavailable);
    }
}
