//! What a browser says of itself when somebody signs in.

use vernis_domain::{Text, text};

/// Longest name of itself that is kept, in characters.
const LONGEST: usize = 300;

/// What a browser shows at a sign-in.
#[derive(Clone, Debug, Default)]
pub struct Browser {
    /// What it kept of an earlier sign-in.
    pub device: Option<String>,
    /// How it names itself (`User-Agent`).
    pub agent: Option<String>,
    /// From which network address it comes.
    pub address: Option<std::net::IpAddr>,
}

impl Browser {
    /// Its name as it is kept.
    pub(crate) fn agent(&self) -> String {
        text::clean(self.agent.as_deref().unwrap_or(""), LONGEST)
    }
}

/// Marks by which browsers tell themselves apart; those that also carry the mark of another one first.
const BROWSERS: &[(&str, &str, &str)] = &[
    ("YaBrowser/", "Яндекс Браузер", "Yandex Browser"),
    ("Edg", "Edge", "Edge"),
    ("OPR/", "Opera", "Opera"),
    ("SamsungBrowser/", "Samsung Internet", "Samsung Internet"),
    ("Firefox/", "Firefox", "Firefox"),
    ("FxiOS/", "Firefox", "Firefox"),
    ("CriOS/", "Chrome", "Chrome"),
    ("Chrome/", "Chrome", "Chrome"),
    ("Safari/", "Safari", "Safari"),
];
const SYSTEMS: &[(&str, &str)] = &[
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
];

/// "Chrome, Windows"; a browser that does not say is told of as unknown.
pub fn words(agent: &str) -> Text {
    let browser = BROWSERS.iter().find(|(mark, ..)| agent.contains(mark));
    let (ru, en) = browser.map_or(
        ("Неизвестный браузер", "Unknown browser"),
        |(_, ru, en)| (*ru, *en),
    );
    match SYSTEMS.iter().find(|(mark, _)| agent.contains(mark)) {
        Some((_, system)) => Text::owned(format!("{ru}, {system}"), format!("{en}, {system}")),
        None => Text::owned(ru, en),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_told_in_words() {
        for (agent, ru) in [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 YaBrowser/25.8 Safari/537.36",
                "Яндекс Браузер, Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
                "Safari, iPhone",
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0",
                "Firefox, Linux",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0",
                "Edge, Windows",
            ),
            ("curl/8.5", "Неизвестный браузер"),
            ("", "Неизвестный браузер"),
        ] {
            assert_eq!(words(agent).ru, ru, "{agent}");
        }
    }
}
