//! Gregorian arithmetic.

use super::Civil;

/// Length of a month.
pub(super) fn days_in_month(year: i16, month: i8) -> i8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days since 1970-01-01 of a Gregorian date (Howard Hinnant's `days_from_civil`): a calendar
/// library costs more per row than the rest of the row.
pub(super) fn days_from_civil(date: Civil) -> i32 {
    let y = i32::from(date.year) - i32::from(date.month <= 2);
    let era = y.div_euclid(400);
    let yoe = y - era * 400;
    let month = i32::from(date.month);
    let doy =
        (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + i32::from(date.day) - 1;
    era * 146_097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719_468
}

/// The date of a day number since 1970-01-01.
pub(super) fn civil_from_days(days: i32) -> Civil {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z - era * 146_097;
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    Civil {
        year: (yoe + era * 400 + i32::from(month <= 2)) as i16,
        month: month as i8,
        day: (doy - (153 * mp + 2) / 5 + 1) as i8,
    }
}
