//! What DNS says of the domains.

use crate::microsoft::dns::{CNAME, MX, TXT};
use crate::microsoft::tenant::Tenant;

/// A text comes as it is for the one domain, and in quotes for the other: the resolver did both in its time.
pub(super) fn fill(tenant: &mut Tenant) {
    for (domain, quote) in [(tenant.domain.clone(), ""), (tenant.initial.clone(), "\"")] {
        let text = |text: &str| format!("{quote}{text}{quote}");
        let host = domain.replace('.', "-");
        tenant.record(&domain, MX, &format!("0 {host}.mail.protection.outlook.com."));
        tenant.record(&domain, TXT, &text("v=spf1 include:spf.protection.outlook.com -all"));
        tenant.record(&domain, TXT, &text("MS=ms12345678"));
        let report = format!("v=DMARC1; p=reject; pct=100; rua=mailto:dmarc@{domain}");
        tenant.record(&format!("_dmarc.{domain}"), TXT, &text(&report));
        for selector in ["selector1", "selector2"] {
            let target = format!("{selector}-{host}._domainkey.fake.onmicrosoft.com");
            tenant.record(&format!("{selector}._domainkey.{domain}"), CNAME, &format!("{target}."));
            tenant.record(&target, TXT, &text("v=DKIM1; k=rsa; p=MIIBIjANBgkq"));
        }
    }
    tenant.record("spf.protection.outlook.com", TXT, "v=spf1 ip4:192.0.2.0/24 -all");
}
