//! Who may reach which endpoint. Routes are added through [`Guarded`] only, which asks for the
//! policy of each: one without a policy does not compile. The policy stands in the OpenAPI document
//! as `x-permission` (and `x-scope: all` where only whoever sees everybody may come), from which
//! the access matrix is generated and tested.

use crate::extract::{ServerState, credential, sign_in_required};
use crate::problem::Problem;
use axum::extract::Request;
use axum::http::header;
use axum::http::request::Parts;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use std::net::IpAddr;
use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};
use vernis_app::{Caller, Origin, Permission, Refusal, whole_shop_only};

/// Who may reach an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Everybody, also a stranger: signing in, one-time links.
    Stranger,
    /// Whoever is signed in, and every API key: what a page needs to stand at all.
    SignedIn,
    /// The same, also one who has to set up a second factor first.
    SignedInHalf,
    /// Whoever is signed in, not a key: one's own password and sessions.
    Person,
    /// The same, also one who has to set up a second factor first.
    PersonHalf,
    /// Whose role or key has this permission.
    May(Permission),
    /// The same, of those who see everybody: what reads or changes the base as a whole.
    Whole(Permission),
}

impl Policy {
    /// As the OpenAPI document writes it.
    pub fn code(self) -> &'static str {
        match self {
            Policy::Stranger => "stranger",
            Policy::SignedIn | Policy::SignedInHalf => "signed_in",
            Policy::Person | Policy::PersonHalf => "person",
            Policy::May(permission) | Policy::Whole(permission) => permission.code(),
        }
    }

    fn check(self, caller: &Caller) -> Result<(), Refusal> {
        let half = matches!(self, Policy::SignedInHalf | Policy::PersonHalf);
        if caller.set_up_first && !half {
            return Err(vernis_app::second_factor::set_up_first());
        }
        match self {
            Policy::Stranger | Policy::SignedIn | Policy::SignedInHalf => Ok(()),
            Policy::Person | Policy::PersonHalf => caller.need_person().map(|_| ()),
            Policy::May(permission) | Policy::Whole(permission) => {
                if permission.entry().people_only {
                    caller.need_person()?;
                }
                caller.need(permission)?;
                if matches!(self, Policy::Whole(_)) && !caller.scope().is_all() {
                    return Err(whole_shop_only());
                }
                Ok(())
            }
        }
    }
}

/// Routes, each with its policy.
pub struct Guarded(OpenApiRouter<ServerState>);

impl Guarded {
    /// No routes yet.
    pub fn new(document: utoipa::openapi::OpenApi) -> Guarded {
        Guarded(OpenApiRouter::with_openapi(document))
    }

    /// Adds the endpoints of one path that have one policy; others of the same path come by
    /// themselves.
    pub fn routes(self, policy: Policy, routes: UtoipaMethodRouter<ServerState>) -> Guarded {
        let (schemas, mut paths, methods) = routes;
        for item in paths.paths.values_mut() {
            each_operation(item, |operation| {
                let told = operation.extensions.get_or_insert_with(Extensions::default);
                told.insert("x-permission".to_owned(), policy.code().into());
                if matches!(policy, Policy::Whole(_)) {
                    told.insert("x-scope".to_owned(), "all".into());
                }
            });
        }
        let guarded = methods.route_layer(from_fn(move |request: Request, next: Next| {
            guard(policy, request, next)
        }));
        Guarded(self.0.routes((schemas, paths, guarded)))
    }

    /// The same, for endpoints that need a layer of their own.
    pub fn merge(self, other: Guarded) -> Guarded {
        Guarded(self.0.merge(other.0))
    }

    /// Lays something around what is here so far.
    pub fn layer(self, limit: axum::extract::DefaultBodyLimit) -> Guarded {
        Guarded(self.0.layer(limit))
    }

    /// The router.
    pub fn done(self) -> OpenApiRouter<ServerState> {
        self.0
    }
}

fn each_operation(item: &mut PathItem, mut told: impl FnMut(&mut Operation)) {
    let all = [
        &mut item.get,
        &mut item.put,
        &mut item.post,
        &mut item.delete,
        &mut item.patch,
    ];
    all.into_iter().flatten().for_each(&mut told);
}

/// Finds out who asks and lets through whom the policy lets; the handler gets him from the request.
async fn guard(policy: Policy, request: Request, next: Next) -> Response {
    if policy == Policy::Stranger {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    match admit(policy, &parts) {
        Ok(caller) => {
            parts.extensions.insert(caller);
            next.run(Request::from_parts(parts, body)).await
        }
        Err(refusal) => Problem(refusal).into_response(),
    }
}

fn admit(policy: Policy, parts: &Parts) -> Result<Caller, Refusal> {
    let state = parts
        .extensions
        .get::<ServerState>()
        .ok_or_else(|| Refusal::internal("the program is not in the request"))?;
    let credential = credential(parts, state).ok_or_else(sign_in_required)?;
    let caller = state.app.authenticate(&credential, origin(parts, state))?;
    policy.check(&caller)?;
    Ok(caller)
}

/// The network address a connection comes from.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub IpAddr);

/// From where a request came. What a header says of it counts only behind a declared proxy, which
/// writes it last.
pub fn origin(parts: &Parts, state: &ServerState) -> Origin {
    let text = |name| {
        let value = parts.headers.get_all(name).iter().next_back();
        value.and_then(|value| value.to_str().ok()).unwrap_or("")
    };
    let told = state.proxied.then(|| {
        let last = text(header::HeaderName::from_static("x-forwarded-for"));
        last.rsplit(',').next().unwrap_or("").trim().parse().ok()
    });
    let peer = parts.extensions.get::<Peer>().map(|peer| peer.0);
    Origin {
        address: told.flatten().or(peer),
        agent: vernis_domain::text::clean(text(header::USER_AGENT), 300),
    }
}
