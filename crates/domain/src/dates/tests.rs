use super::*;

const DAY_FIRST: DateStyle = DateStyle {
    order: DateOrder::DayFirst,
    pivot_year: 2027,
};
const MONTH_FIRST: DateStyle = DateStyle {
    order: DateOrder::MonthFirst,
    pivot_year: 2027,
};

fn read(text: &str, style: DateStyle) -> String {
    match parse(text, style) {
        Err(error) => error.code().to_owned(),
        Ok(m) => {
            let mut out = format!("{:04}-{:02}-{:02}", m.date.year, m.date.month, m.date.day);
            if let Some(s) = m.second_of_day {
                out += &format!(" {:02}:{:02}", s / 3600, s / 60 % 60);
                if m.has_seconds {
                    out += &format!(":{:02}", s % 60);
                }
            }
            if let Some(o) = m.offset_minutes {
                out += &format!(" {o:+}");
            }
            out
        }
    }
}

#[test]
fn dates_are_read_in_every_usual_writing() {
    for (text, want) in [
        ("23.11.2026", "2026-11-23"),
        ("3.1.2026", "2026-01-03"),
        ("23.11.26", "2026-11-23"),
        ("23.11.85", "1985-11-23"),
        ("23/11/2026", "2026-11-23"),
        ("23-11-2026", "2026-11-23"),
        ("2026-11-23", "2026-11-23"),
        ("2026/11/23", "2026-11-23"),
        ("2026.11.23", "2026-11-23"),
        ("23.11.2026 9:05", "2026-11-23 09:05"),
        ("23.11.2026 09:05:07", "2026-11-23 09:05:07"),
        ("2026-11-23T09:05:07Z", "2026-11-23 09:05:07 +0"),
        ("2026-11-23T09:05:07.123+03:00", "2026-11-23 09:05:07 +180"),
        ("2026-11-23 09:05:07+0300", "2026-11-23 09:05:07 +180"),
        ("2026-11-23 09:05:07 UTC", "2026-11-23 09:05:07 +0"),
        ("23.11.2026 5:07 PM", "2026-11-23 17:07"),
        ("23.11.2026 12:07 AM", "2026-11-23 00:07"),
        ("20261123", "2026-11-23"),
        ("19970101", "1997-01-01"),
        ("23112026", "2026-11-23"),
        ("20261123090507", "2026-11-23 09:05:07"),
        ("46349", "2026-11-23"),
        ("46349.5", "2026-11-23 12:00:00"),
        ("46349,75", "2026-11-23 18:00:00"),
        ("23 ноября 2026 г.", "2026-11-23"),
        ("1 мая 2026", "2026-05-01"),
        ("8 марта 2026", "2026-03-08"),
        ("23-ноя-26", "2026-11-23"),
        ("Nov 23, 2026", "2026-11-23"),
        ("23 Nov 2026 10:00", "2026-11-23 10:00"),
        ("29.02.2024", "2024-02-29"),
        ("01.01.0001", "0001-01-01"),
    ] {
        assert_eq!(read(text, DAY_FIRST), want, "{text}");
    }
    assert_eq!(read("11/23/2026", MONTH_FIRST), "2026-11-23");
    assert_eq!(
        read("11.12.2026", MONTH_FIRST),
        "2026-12-11",
        "dots are day first"
    );
}

#[test]
fn what_is_not_a_day_is_refused_with_the_reason() {
    for text in [
        "",
        "вчера",
        "1234",
        "12:30",
        "99",
        "2026-11",
        "23.11.2026 25:00",
        "23.11.2026 abc",
        "1/2/3",
    ] {
        assert_eq!(read(text, DAY_FIRST), "date_not_a_date", "{text}");
    }
    assert_eq!(read("31.11.2026", DAY_FIRST), "date_no_such_day");
    assert_eq!(read("29.02.2026", DAY_FIRST), "date_no_such_day");
    assert_eq!(read("11/23/2026", DAY_FIRST), "date_no_such_day");
    let old = parse("01.01.1960", DAY_FIRST).unwrap();
    let zone = Zone::new("Europe/Moscow").unwrap();
    assert_eq!(old.place(&zone), Err(DateError::OutOfRange));
}

#[test]
fn the_column_decides_between_day_first_and_month_first() {
    assert_eq!(
        decide_order(["1/2/2026", "13/2/2026"]),
        Some(DateOrder::DayFirst)
    );
    assert_eq!(
        decide_order(["1/2/2026", "2/13/2026"]),
        Some(DateOrder::MonthFirst)
    );
    assert_eq!(decide_order(["1/2/2026", "3/4/2026"]), None);
    assert_eq!(decide_order(["13/2/2026", "2/13/2026"]), None);
    assert_eq!(decide_order(["2026-11-23"]), None);
}

#[test]
fn a_moment_with_an_offset_falls_on_the_day_of_the_store() {
    let zone = Zone::new("Asia/Vladivostok").unwrap();
    let (day, _, precision) = parse("2026-11-22T20:00:00Z", DAY_FIRST)
        .unwrap()
        .place(&zone)
        .unwrap();
    assert_eq!(day.to_string(), "2026-11-23");
    assert_eq!(precision, TimePrecision::Instant);
    let (day, at, precision) = parse("23.11.2026", DAY_FIRST)
        .unwrap()
        .place(&zone)
        .unwrap();
    assert_eq!(
        (day.to_string().as_str(), precision),
        ("2026-11-23", TimePrecision::Day)
    );
    assert_eq!(at.rfc3339(), "2026-11-23T02:00:00Z");
}

#[test]
fn a_time_alone_is_read_too() {
    assert_eq!(parse_time("9:05"), Ok((32_700, false)));
    assert_eq!(parse_time("09:05:07"), Ok((32_707, true)));
    assert_eq!(parse_time("0.5"), Ok((43_200, true)));
    assert_eq!(parse_time("1899-12-30T09:05:00"), Ok((32_700, true)));
    assert!(parse_time("полдень").is_err());
}

proptest::proptest! {
    #[test]
    fn every_day_comes_back_from_every_writing(days in 0i32..65_536) {
        let c = civil_from_days(days);
        proptest::prop_assert_eq!(c.to_day(), Some(Day(days)));
        proptest::prop_assert_eq!(Day(days).date().to_string(), format!("{:04}-{:02}-{:02}", c.year, c.month, c.day));
        let (y, m, d) = (c.year, c.month, c.day);
        for text in [format!("{d:02}.{m:02}.{y}"), format!("{y}-{m:02}-{d:02}"), format!("{d}/{m}/{y}"), format!("{y}{m:02}{d:02}"), format!("{}", days + 25_569)] {
            proptest::prop_assert_eq!(parse(&text, DAY_FIRST).map(|m| m.date), Ok(c), "{}", text);
        }
        proptest::prop_assert_eq!(parse(&format!("{m}/{d}/{y}"), MONTH_FIRST).map(|m| m.date), Ok(c));
    }

    #[test]
    fn no_text_panics(text in ".{0,70}|[0-9./: TZ+-]{0,30}") {
        let _ = parse(&text, DAY_FIRST);
        let _ = parse_time(&text);
        let _ = decide_order([text.as_str()]);
    }
}
