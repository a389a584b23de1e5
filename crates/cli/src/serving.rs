//! `vernis serve`: open, listen, print the address and the one-time link, end cleanly.

use crate::args::{Cli, Serve};
use crate::{OK, open_with, say};
use std::sync::Arc;
use std::time::Duration;
use vernis_app::environment::{frozen_clock, system_clock};
use vernis_app::{App, Caller, Refusal, RefusalKind};
use vernis_domain::{Instant, Language, Text};
use vernis_server::{Listen, Server, Tls};

pub fn serve(cli: &Cli, serve: &Serve, language: Language) -> Result<u8, Refusal> {
    let clock = match &serve.frozen_clock {
        None => system_clock(),
        Some(text) => frozen_clock(Instant::parse_rfc3339(text).ok_or_else(|| {
            Refusal::field(
                "frozen-clock",
                "not_an_instant",
                Text::new(
                    "нужен момент 2026-11-23T12:00:00+03:00",
                    "an instant 2026-11-23T12:00:00+03:00 is wanted",
                ),
            )
        })?),
    };
    let app = open_with(cli, clock)?;
    if serve.demo && app.whole_base().customers() == 0 {
        say(
            language,
            "Собираю демонстрационный магазин…",
            "Making the demo shop…",
        );
        app.load_demo(&Caller::shell(), 3000, 1, None, |_| {})?;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(Refusal::internal)?;
    runtime.block_on(run(app.clone(), cli, serve, language))?;
    app.stop();
    app.write_snapshot();
    Ok(OK)
}

async fn run(app: Arc<App>, cli: &Cli, serve: &Serve, language: Language) -> Result<(), Refusal> {
    let local = serve.listen.ip().is_loopback();
    let (tls, secure) = match (&serve.tls_cert, &serve.tls_key) {
        (Some(certificate), Some(key)) => (
            Tls::Files {
                certificate: certificate.clone(),
                key: key.clone(),
            },
            true,
        ),
        _ if serve.behind_proxy => (Tls::Off, true),
        _ if local => (Tls::Off, false),
        _ => (Tls::SelfSigned(cli.data.clone()), true),
    };
    let scheme = if matches!(tls, Tls::Off) {
        "http"
    } else {
        "https"
    };
    let server = Server::bind(
        app.clone(),
        Listen {
            address: serve.listen,
            tls,
            secure,
        },
    )
    .await
    .map_err(|cause| {
        Refusal::new(
            RefusalKind::Unavailable,
            "cannot_listen",
            Text::owned(
                format!("Запуск невозможен: {cause}"),
                format!("Cannot start: {cause}"),
            ),
        )
    })?;
    let address = format!("{scheme}://{}", server.address());
    say(
        language,
        &format!("Вернись работает: {address}"),
        &format!("Vernis is running: {address}"),
    );
    if !app.has_staff()? {
        let token = app.first_run_link()?;
        say(
            language,
            &format!("Первый вход (ссылка одноразовая, на сутки): {address}/first-run/{token}"),
            &format!("First sign-in (the link works once, for a day): {address}/first-run/{token}"),
        );
    }
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let serving = tokio::spawn(server.run(stopped));
    let snapshots = tokio::spawn(keep_snapshots(app.clone()));
    signalled().await;
    snapshots.abort();
    // The receiver is gone only when serving has ended by itself.
    let _ = stop.send(true);
    let _ = serving.await;
    Ok(())
}

/// How often a changed base is written to the snapshot file, so that a start after a pulled plug is
/// nearly as quick as one after a clean end.
const SNAPSHOT_EVERY: Duration = Duration::from_secs(600);

async fn keep_snapshots(app: Arc<App>) {
    let mut written = app.whole_base().version();
    loop {
        tokio::time::sleep(SNAPSHOT_EVERY).await;
        let version = app.whole_base().version();
        if version != written {
            written = version;
            let app = app.clone();
            let _ = tokio::task::spawn_blocking(move || app.write_snapshot()).await;
        }
    }
}

/// Returns at an interrupt or a request to end.
async fn signalled() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        let _ = tokio::signal::ctrl_c().await;
        return;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}
