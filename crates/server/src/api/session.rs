//! Signing in and out, and the first run.

use super::TextOut;
use crate::extract::{Body, ServerState, SignedIn, Where, compute};
use crate::problem::Problem;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vernis_app::access::{Browser, FirstRun};
use vernis_app::{App, Caller, Permission, Refusal, RefusalKind};
use vernis_domain::{Currency, Text};

/// Who is signed in, and at what shop.
#[derive(Serialize, ToSchema)]
pub struct SessionOut {
    /// Who.
    pub user: UserOut,
    /// Where.
    pub shop: ShopOut,
    /// Today in the shop's zone.
    pub as_of: String,
    /// Customers in the base.
    pub customers: u64,
    /// Purchases in the base, returns included.
    pub purchases: u64,
    /// First day with a purchase.
    pub first_purchase_day: Option<String>,
    /// Last day with a purchase.
    pub last_purchase_day: Option<String>,
    /// Version of the live base.
    pub version: u64,
    /// Version of the program.
    pub program_version: &'static str,
}

/// A member of staff.
#[derive(Serialize, ToSchema)]
pub struct UserOut {
    /// Login.
    pub login: String,
    /// Name shown on pages.
    pub name: String,
    /// Code of the role; empty for an API key.
    pub role: String,
    /// What he may do: codes of permissions.
    pub permissions: Vec<&'static str>,
    /// He has to set up sign-in with a code before he can do anything else.
    pub set_up_first: bool,
    /// Whether he sees everybody, not a part of the base.
    pub sees_all: bool,
}

/// The shop.
#[derive(Serialize, ToSchema)]
pub struct ShopOut {
    /// Name.
    pub name: String,
    /// ISO code of the currency of all amounts.
    pub currency: String,
    /// Decimal digits of the minor unit.
    pub currency_digits: u32,
    /// Whether the currency can no longer be changed, because there are purchases.
    pub currency_locked: bool,
    /// IANA zone of shop-wide days.
    pub time_zone: String,
}

/// Login and password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignInIn {
    /// Login.
    pub login: String,
    /// Password.
    pub password: String,
    /// A code of the second factor or a recovery code, when the answer was `code_required`.
    pub code: Option<String>,
}

/// The first member of staff and the shop.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FirstRunIn {
    /// Login.
    pub login: String,
    /// Name shown on pages.
    #[serde(default)]
    pub name: String,
    /// Password, 10 to 256 characters.
    pub password: String,
    /// Name of the shop.
    pub shop_name: String,
    /// ISO code of the currency.
    pub currency: String,
    /// IANA zone.
    pub time_zone: String,
}

/// What the first-run page starts from.
#[derive(Serialize, ToSchema)]
pub struct FirstRunOut {
    /// The shop as it stands.
    pub shop: ShopOut,
    /// Currencies to choose from.
    pub currencies: Vec<&'static str>,
    /// Why a link may not work any more.
    pub hint: TextOut,
}

/// The shop. Whoever sees a part of the base is not told whether there is anything in the rest.
pub(super) fn shop_out(app: &App, caller: Option<&Caller>) -> ShopOut {
    let whole = caller.is_none_or(|caller| caller.scope().is_all());
    let shop = app.shop();
    ShopOut {
        name: shop.name.clone(),
        currency: shop.currency.code().to_owned(),
        currency_digits: shop.currency.digits(),
        currency_locked: !whole || app.currency_locked(),
        time_zone: shop.time_zone.clone(),
    }
}

pub(super) fn cookie(state: &ServerState, token: String) -> Cookie<'static> {
    kept(state, state.cookie_name(), token)
}

/// The session, and what this browser is known by at the next sign-in.
pub(super) fn with_cookies(
    state: &ServerState,
    jar: CookieJar,
    come: vernis_app::access::SignedIn,
) -> CookieJar {
    jar.add(cookie(state, come.session))
        .add(kept(state, state.device_cookie_name(), come.device))
}

/// What the browser that asks shows of itself.
pub(super) fn browser(
    state: &ServerState,
    jar: &CookieJar,
    headers: &HeaderMap,
    from: &Where,
) -> Browser {
    Browser {
        address: from.0.address,
        device: jar
            .get(state.device_cookie_name())
            .map(|cookie| cookie.value().to_owned()),
        agent: headers
            .get(header::USER_AGENT)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned),
    }
}

fn kept(state: &ServerState, name: &'static str, value: String) -> Cookie<'static> {
    Cookie::build((name, value))
        .path("/")
        .http_only(true)
        .secure(state.secure)
        .same_site(SameSite::Lax)
        .permanent()
        .build()
}

/// Who is signed in.
#[utoipa::path(get, operation_id = "session", path = "/session", tag = "session", responses((status = OK, body = SessionOut), (status = UNAUTHORIZED, body = crate::problem::ProblemOut)))]
pub async fn read(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
) -> Result<Json<SessionOut>, Problem> {
    let app = state.app.clone();
    let asks = caller.clone();
    let base = compute(move || app.base(&asks)).await?;
    let days = base.days();
    Ok(Json(SessionOut {
        first_purchase_day: days.as_ref().map(|days| days.start.to_string()),
        last_purchase_day: days.as_ref().map(|days| days.end.plus(-1).to_string()),
        user: UserOut {
            login: caller.login.clone(),
            name: caller.name.clone(),
            role: caller.role.clone(),
            set_up_first: caller.set_up_first,
            permissions: caller.permissions().iter().map(Permission::code).collect(),
            sees_all: caller.scope().is_all(),
        },
        shop: shop_out(&state.app, Some(&caller)),
        as_of: state.app.today().to_string(),
        customers: base.customers() as u64,
        purchases: base.purchases() as u64,
        version: base.version(),
        program_version: env!("CARGO_PKG_VERSION"),
    }))
}

/// Signs in with login and password.
#[utoipa::path(post, path = "/session", tag = "session", request_body = SignInIn, responses((status = NO_CONTENT), (status = UNAUTHORIZED, body = crate::problem::ProblemOut), (status = TOO_MANY_REQUESTS, body = crate::problem::ProblemOut)))]
pub async fn sign_in(
    State(state): State<ServerState>,
    headers: HeaderMap,
    from: Where,
    jar: CookieJar,
    Body(body): Body<SignInIn>,
) -> Result<(StatusCode, CookieJar), Problem> {
    let app = state.app.clone();
    let browser = browser(&state, &jar, &headers, &from);
    let come = move || app.sign_in(&body.login, &body.password, body.code.as_deref(), &browser);
    let come = compute(come).await?;
    Ok((StatusCode::NO_CONTENT, with_cookies(&state, jar, come)))
}

/// Signs out.
#[utoipa::path(delete, path = "/session", tag = "session", responses((status = NO_CONTENT)))]
pub async fn sign_out(
    State(state): State<ServerState>,
    headers: HeaderMap,
    from: Where,
    jar: CookieJar,
) -> Result<(StatusCode, CookieJar), Problem> {
    if let Some(cookie) = jar.get(state.cookie_name()) {
        let (app, token) = (state.app.clone(), cookie.value().to_owned());
        let browser = browser(&state, &jar, &headers, &from);
        compute(move || app.sign_out(&token, &browser)).await?;
    }
    let gone = Cookie::build((state.cookie_name(), ""))
        .path("/")
        .secure(state.secure)
        .build();
    Ok((StatusCode::NO_CONTENT, jar.remove(gone)))
}

/// Whether a first-run link still works, and what it starts from.
#[utoipa::path(get, path = "/first-run/{token}", tag = "session", params(("token" = String, Path)), responses((status = OK, body = FirstRunOut), (status = NOT_FOUND, body = crate::problem::ProblemOut)))]
pub async fn first_run(
    State(state): State<ServerState>,
    Path(token): Path<String>,
) -> Result<Json<FirstRunOut>, Problem> {
    let app = state.app.clone();
    compute(move || app.check_first_run(&token)).await?;
    Ok(Json(FirstRunOut {
        shop: shop_out(&state.app, None),
        currencies: Currency::known().collect(),
        hint: Text::new(
            "Ссылка одноразовая и живёт сутки. Новую печатает команда vernis user link.",
            "The link works once and for a day. The command vernis user link prints a new one.",
        )
        .into(),
    }))
}

/// Makes the first member of staff and signs him in.
#[utoipa::path(post, path = "/first-run/{token}", tag = "session", params(("token" = String, Path)), request_body = FirstRunIn, responses((status = NO_CONTENT), (status = UNPROCESSABLE_ENTITY, body = crate::problem::ProblemOut)))]
pub async fn finish_first_run(
    State(state): State<ServerState>,
    Path(token): Path<String>,
    headers: HeaderMap,
    from: Where,
    jar: CookieJar,
    Body(body): Body<FirstRunIn>,
) -> Result<(StatusCode, CookieJar), Problem> {
    let Some(currency) = Currency::new(&body.currency) else {
        return Err(Problem(Refusal::field(
            "currency",
            "unknown",
            Text::new(
                "такой валюты Вернись не знает",
                "Vernis does not know this currency",
            ),
        )));
    };
    if vernis_domain::Zone::new(&body.time_zone).is_none() {
        return Err(Problem(Refusal::field(
            "time_zone",
            "unknown",
            Text::new("такого часового пояса нет", "there is no such time zone"),
        )));
    }
    let app = state.app.clone();
    let browser = browser(&state, &jar, &headers, &from);
    let come = compute(move || {
        app.finish_first_run(
            &token,
            FirstRun {
                login: body.login,
                name: body.name,
                password: body.password,
                shop_name: body.shop_name,
                currency,
                time_zone: body.time_zone,
            },
            &browser,
        )
    })
    .await?;
    Ok((StatusCode::NO_CONTENT, with_cookies(&state, jar, come)))
}

/// The refusal of a request that a browser sent from another site.
pub fn cross_site() -> Refusal {
    Refusal::new(
        RefusalKind::Forbidden,
        "cross_site",
        Text::new(
            "Запрос пришёл с чужого сайта и отклонён.",
            "The request came from another site and was refused.",
        ),
    )
}
