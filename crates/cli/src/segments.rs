//! `vernis segment`: what people are asked for by a text, counted, told, listed, saved, explained.

use crate::OK;
use crate::args::{Cli, Segment, SegmentAction};
use crate::table::{self, Cell, money, whole};
use serde_json::{Value as Json, json};
use std::sync::Arc;
use vernis_analytics::facts;
use vernis_analytics::facts::list::{ListQuery, Sort, list};
use vernis_analytics::segment::why::Change;
use vernis_app::segments::{Asking, Problem, Shelf};
use vernis_app::{App, Caller, Entity, Refusal};
use vernis_domain::segment::{Definition, print, words};
use vernis_domain::{Language, Text};

pub fn segment(app: &App, cli: &Cli, wanted: &Segment, language: Language) -> Result<u8, Refusal> {
    let shelf = app.shelf()?;
    match &wanted.action {
        SegmentAction::List => saved(app, cli, &shelf, language)?,
        SegmentAction::Count { text } => counted(app, cli, &shelf, text, language)?,
        SegmentAction::Words { text } => {
            let definition = read(app, &shelf, text)?;
            if cli.json {
                outln!(
                    "{}",
                    json!({
                        "definition": definition,
                        "text": both(&definition, &shelf, print),
                        "words": both(&definition, &shelf, words),
                    })
                );
            } else {
                outln!("{}", words(&definition.tree, &shelf, language));
                outln!("{}", print(&definition.tree, &shelf, language));
            }
        }
        SegmentAction::Save { name, text } => {
            let definition = read(app, &shelf, text)?;
            let id = app.create_segment(&Caller::shell(), name, &definition)?;
            let public = app.public_id(Entity::Segment, id);
            if cli.json {
                outln!("{}", json!({ "id": public }));
            } else {
                outln!("{public}");
            }
        }
        SegmentAction::Members { text, sort, limit } => {
            members(app, cli, &shelf, (text, sort.as_deref(), *limit), language)?;
        }
        SegmentAction::Why { customer, text } => why(app, cli, &shelf, (customer, text), language)?,
    }
    Ok(OK)
}

fn read(app: &App, shelf: &Shelf, text: &str) -> Result<Definition, Refusal> {
    app.read_segment(&Asking::Text(text.to_owned()), shelf)
        .map_err(|problem| match problem {
            Problem::Text(error) => {
                // The place is shown under the text, where a terminal has room for it.
                let mark = format!(
                    "{}{}",
                    " ".repeat(error.at.start),
                    "^".repeat(error.at.len().max(1))
                );
                let hint = if error.proposals.is_empty() {
                    String::new()
                } else {
                    format!(" ({}?)", error.proposals.join(", "))
                };
                let told = |message: &str| {
                    format!(
                        "{message}{hint}\n  {}\n  {mark}",
                        text.replace(['\n', '\t'], " ")
                    )
                };
                Refusal::field(
                    "text",
                    "definition",
                    Text::owned(told(&error.message.ru), told(&error.message.en)),
                )
            }
            Problem::Tree(_) => Refusal::not_found(),
        })
}

type Write =
    fn(&vernis_domain::segment::Node, &dyn vernis_domain::segment::Catalogue, Language) -> String;

fn both(definition: &Definition, shelf: &Shelf, write: Write) -> Json {
    json!({
        "ru": write(&definition.tree, shelf, Language::Ru),
        "en": write(&definition.tree, shelf, Language::En),
    })
}

fn saved(app: &App, cli: &Cli, shelf: &Shelf, language: Language) -> Result<(), Refusal> {
    let all = app.segments_now(&app.base(&Caller::shell())?)?;
    if cli.json {
        let items = all.iter().map(|one| {
            json!({
                "id": app.public_id(Entity::Segment, one.row.id),
                "name": one.row.name,
                "definition": one.whole.as_ref().map(|whole| &whole.definition),
                "customers": one.tally.customers,
                "paid_minor": one.tally.paid_minor,
                "broken": one.broken.is_some(),
            })
        });
        outln!("{}", json!({ "items": items.collect::<Vec<Json>>() }));
        return Ok(());
    }
    let currency = app.shop().currency;
    let header = match language {
        Language::Ru => ["Сегмент", "Клиентов", "Заплатили", "Кто это"],
        Language::En => ["Segment", "Customers", "Paid so far", "Who they are"],
    };
    let rows = all.iter().map(|one| {
        let who = match (&one.broken, &one.whole) {
            (Some(broken), _) => broken.get(language).to_owned(),
            (None, Some(whole)) => words(&whole.definition.tree, shelf, language),
            (None, None) => String::new(),
        };
        vec![
            Cell::Text(one.row.name.clone()),
            Cell::Number(whole(one.tally.customers as i64, language)),
            Cell::Number(money(one.tally.paid_minor, currency, language)),
            Cell::Text(who),
        ]
    });
    table::print(&header, &rows.collect::<Vec<_>>());
    Ok(())
}

fn counted(
    app: &App,
    cli: &Cli,
    shelf: &Shelf,
    text: &str,
    language: Language,
) -> Result<(), Refusal> {
    let definition = read(app, shelf, text)?;
    let seen = app.see_segment(&definition, shelf, cli.as_of, &app.base(&Caller::shell())?)?;
    let tally = seen.count(0);
    if cli.json {
        outln!(
            "{}",
            json!({"customers": tally.customers, "paid_minor": tally.paid_minor, "as_of": seen.lens.as_of})
        );
        return Ok(());
    }
    outln!("{}", words(&definition.tree, shelf, language));
    let paid = money(tally.paid_minor, app.shop().currency, language);
    let people = whole(tally.customers as i64, language);
    outln!(
        "{}",
        match language {
            Language::Ru => format!("Клиентов: {people}; заплатили {paid}"),
            Language::En => format!("Customers: {people}; paid so far {paid}"),
        }
    );
    Ok(())
}

fn members(
    app: &App,
    cli: &Cli,
    shelf: &Shelf,
    (text, sort, limit): (&str, Option<&str>, usize),
    language: Language,
) -> Result<(), Refusal> {
    let definition = read(app, shelf, text)?;
    let seen = app.see_segment(&definition, shelf, cli.as_of, &app.base(&Caller::shell())?)?;
    let sort = match sort {
        None | Some("name") => Sort::Name,
        Some(key) => Sort::Fact(facts::find(key).filter(|fact| fact.sortable).ok_or_else(
            || {
                Refusal::field(
                    "sort",
                    "unknown",
                    Text::new("по этому не сортируют", "lists cannot be sorted by this"),
                )
            },
        )?),
    };
    let query = ListQuery {
        segment: Some(Arc::new(seen.rule.clone())),
        descending: matches!(sort, Sort::Fact(_)),
        sort,
        limit: limit.clamp(1, 100_000),
        ..ListQuery::default()
    };
    let page = list(&seen.base, &seen.lens, &query);
    let name = |id| {
        seen.base
            .customer(id)
            .map(|one| one.shown_name())
            .unwrap_or_default()
    };
    if cli.json {
        let items = page
            .ids
            .iter()
            .map(|id| json!({"id": app.public_customer_id(*id), "name": name(*id)}));
        outln!(
            "{}",
            json!({"total": page.total, "items": items.collect::<Vec<Json>>()})
        );
        return Ok(());
    }
    let currency = app.shop().currency;
    let header = match language {
        Language::Ru => ["Имя", "Заплатил", "Код"],
        Language::En => ["Name", "Paid so far", "Id"],
    };
    let rows = page.ids.iter().map(|id| {
        vec![
            Cell::Text(name(*id)),
            Cell::Number(money(seen.base.bought(*id).1, currency, language)),
            Cell::Text(app.public_customer_id(*id)),
        ]
    });
    table::print(&header, &rows.collect::<Vec<_>>());
    Ok(())
}

fn why(
    app: &App,
    cli: &Cli,
    shelf: &Shelf,
    (customer, text): (&str, &str),
    language: Language,
) -> Result<(), Refusal> {
    let definition = read(app, shelf, text)?;
    let seen = app.see_segment(&definition, shelf, cli.as_of, &app.base(&Caller::shell())?)?;
    let why = seen.why(app.customer_id(&app.base(&Caller::shell())?, customer)?)?;
    let changes: Vec<Json> = why
        .changes
        .iter()
        .map(|change| match change {
            Change::Buys(purchases, amount) => json!({"buys": purchases, "amount_minor": amount}),
            Change::Waits(day) => json!({ "waits": day }),
        })
        .collect();
    if cli.json {
        outln!(
            "{}",
            json!({"is_in": why.holds, "since": why.since, "changes": changes})
        );
        return Ok(());
    }
    let since = why
        .since
        .map_or_else(String::new, |day| format!(" ({day})"));
    outln!(
        "{}{since}",
        match (why.holds, language) {
            (true, Language::Ru) => "Входит в сегмент",
            (false, Language::Ru) => "Не входит в сегмент",
            (true, Language::En) => "In the segment",
            (false, Language::En) => "Not in the segment",
        }
    );
    for change in changes {
        outln!("  {change}");
    }
    Ok(())
}
