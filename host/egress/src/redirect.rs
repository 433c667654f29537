//! Where an answer leads to.

#[cfg(test)]
mod tests;

use claudetools_policy::{Code, Refusal, Scheme, Target};
use http::{Response, StatusCode, header};

/// Where an answer says that the thing is; `None` where it is no redirect.
pub(crate) fn location<B>(response: &Response<B>) -> Option<String> {
    let follows = matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308);
    let location = response.headers().get(header::LOCATION).filter(|_| follows)?;
    Some(String::from_utf8_lossy(location.as_bytes()).into_owned())
}

/// The request that follows: parsed from scratch, with the method that browsers would use, and never without TLS
/// after one with it.
pub(crate) fn next(from: &Target, status: StatusCode, location: &str) -> Result<Target, Refusal> {
    let target = Target::from_url(method_after(status, &from.method), &absolute(from, location))?;
    if from.scheme == Scheme::Https && target.scheme == Scheme::Http {
        return Err(Refusal::new(Code::NetRedirect, "It leads from https to http."));
    }
    Ok(target.about(from.tenant.clone()))
}

fn method_after(status: StatusCode, method: &str) -> &str {
    match (status.as_u16(), method) {
        (303, "HEAD") => "HEAD",
        (303, _) | (301 | 302, "POST") => "GET",
        _ => method,
    }
}

/// The URL that a reference stands for. Dots in a path are not resolved: they are refused when it is parsed.
fn absolute(from: &Target, location: &str) -> String {
    let reference = location.split('#').next().unwrap_or_default();
    let sent = from.path_and_query();
    let path = sent.split('?').next().unwrap_or_default();
    let (scheme, authority) = (from.scheme.as_str(), from.authority());
    match reference {
        _ if has_scheme(reference) => reference.to_owned(),
        _ if reference.starts_with("//") => format!("{scheme}:{reference}"),
        _ if reference.starts_with('/') => format!("{scheme}://{authority}{reference}"),
        "" => format!("{scheme}://{authority}{sent}"),
        _ if reference.starts_with('?') => format!("{scheme}://{authority}{path}{reference}"),
        _ => {
            let directory = path.rsplit_once('/').map_or("", |(directory, _)| directory);
            format!("{scheme}://{authority}{directory}/{reference}")
        }
    }
}

/// Whether a `:` comes before everything that ends a scheme.
fn has_scheme(reference: &str) -> bool {
    reference.find([':', '/', '?']).is_some_and(|at| reference[at..].starts_with(':'))
}
