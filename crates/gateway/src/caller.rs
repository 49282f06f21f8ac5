//! Who asks, and what it may see: bearer tokens, and a municipality's view of its own only.

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use svod_domain::{Actor, MunicipalityCode, ReasonCode, Role};

use crate::api::Api;
use crate::problem::Problem;

/// Longest token that is looked up, in bytes: svod's own have 48 to 70, and hashing should cost strangers more than us.
const TOKEN_BYTES_MAX: usize = 256;

/// The principal behind a valid token.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    /// Its name and roles.
    pub(crate) actor: Actor,
}

/// What a caller may read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Sight {
    /// Everything: reviewers, auditors, operators.
    Everything,
    /// What belongs to these municipalities, and what belongs to none.
    Own(Vec<MunicipalityCode>),
}

impl Caller {
    /// What it may read.
    pub(crate) fn sight(&self) -> Sight {
        let sees_all = |role: &Role| match role {
            Role::Reviewer | Role::Auditor | Role::Operator | Role::Service => true,
            Role::Municipality(_) => false,
        };
        if self.actor.roles.iter().any(sees_all) {
            Sight::Everything
        } else {
            Sight::Own(self.actor.municipalities().collect())
        }
    }
}

impl Sight {
    /// Whether what belongs to the municipality may be read.
    pub(crate) fn covers(&self, municipality: MunicipalityCode) -> bool {
        match self {
            Self::Everything => true,
            Self::Own(own) => own.contains(&municipality),
        }
    }
}

/// The name of the caller, for the log line of the request.
#[derive(Clone, Debug)]
pub(crate) struct CallerName(pub(crate) String);

/// Lets a request with a valid token through, and tells the handler whose it is.
pub(crate) async fn authenticate(State(api): State<Api>, mut request: Request, next: Next) -> Response {
    let caller = match caller(&api, request.headers()).await {
        Ok(caller) => caller,
        Err(problem) => return problem.into_response(),
    };
    let name = CallerName(caller.actor.name.clone());
    request.extensions_mut().insert(caller);
    let mut response = next.run(request).await;
    response.extensions_mut().insert(name);
    response
}

async fn caller(api: &Api, headers: &HeaderMap) -> Result<Caller, Problem> {
    let unauthenticated = || Problem::new(ReasonCode::Unauthenticated);
    let token = bearer_token(headers).ok_or_else(unauthenticated)?;
    let actor = api.engine.authenticate(token).await?.ok_or_else(unauthenticated)?;
    Ok(Caller { actor })
}

/// The token of `Authorization: Bearer …`; the scheme is read in any case (RFC 9110 §11.1).
fn bearer_token(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let token = token.trim();
    let fits = scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() && token.len() <= TOKEN_BYTES_MAX;
    fits.then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(roles: &[&str]) -> Caller {
        let roles = roles.iter().map(|role| role.parse().unwrap()).collect();
        Caller { actor: Actor { name: "n".into(), roles } }
    }

    #[test]
    fn a_municipality_sees_its_own_and_every_other_role_sees_all() {
        let own: MunicipalityCode = "66701000".parse().unwrap();
        let other: MunicipalityCode = "66710000".parse().unwrap();
        let cases = [
            (vec!["municipality:66701000"], true, false),
            (vec!["reviewer"], true, true),
            (vec!["auditor"], true, true),
            (vec!["operator"], true, true),
            (vec!["municipality:66701000", "reviewer"], true, true),
            (vec![], false, false),
        ];
        for (roles, sees_own, sees_other) in cases {
            let sight = caller(&roles).sight();
            assert_eq!((sight.covers(own), sight.covers(other)), (sees_own, sees_other), "{roles:?}");
        }
    }

    #[test]
    fn a_token_is_read_only_from_a_bearer_header() {
        let read = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(AUTHORIZATION, value.parse().unwrap());
            bearer_token(&headers).map(str::to_owned)
        };
        assert_eq!(read("Bearer svod_ab").as_deref(), Some("svod_ab"));
        assert_eq!(read("bearer  svod_ab ").as_deref(), Some("svod_ab"));
        for wrong in ["Basic svod_ab", "Bearer", "Bearer ", "svod_ab", &format!("Bearer {}", "a".repeat(257))]
        {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
