//! RFC 3339 dates as Unix seconds.

/// The whole Unix seconds of a date like `2027-01-15T09:00:00.25+01:00`; nothing for another form, a date that does not
/// exist, or one before 1970. A fraction is dropped; a leap second is the second after it.
pub(super) fn parse_rfc3339(text: &str) -> Option<u64> {
    let (date, rest) = text.split_at_checked(10)?;
    let (year, month, day) = triple(date, b'-', [4, 2, 2])?;
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let (clock, rest) = rest.split_at_checked(8)?;
    let (hour, minute, second) = triple(clock, b':', [2, 2, 2])?;
    let rest = match rest.strip_prefix('.') {
        Some(fraction) => {
            let end = fraction.find(|c: char| !c.is_ascii_digit())?;
            (end > 0).then(|| &fraction[end..])?
        }
        None => rest,
    };
    let offset = match rest {
        "Z" | "z" => 0,
        _ => {
            let (sign, offset) = rest.split_at_checked(1)?;
            let (hours, minutes) = offset.split_once(':')?;
            let (hours, minutes) = (digits(hours, 2)?, digits(minutes, 2)?);
            let seconds = (hours < 24 && minutes < 60).then_some((hours * 60 + minutes) * 60)?;
            match sign {
                "+" => seconds,
                "-" => -seconds,
                _ => return None,
            }
        }
    };
    let exists = (1..=12).contains(&month)
        && (1..=days_of(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second <= 60;
    let seconds = ((days_since_1970(year, month, day) * 24 + hour) * 60 + minute) * 60 + second - offset;
    exists.then_some(seconds).and_then(|seconds| u64::try_from(seconds).ok())
}

fn triple(text: &str, between: u8, widths: [usize; 3]) -> Option<(i64, i64, i64)> {
    let mut parts = text.split(char::from(between));
    let numbers =
        (digits(parts.next()?, widths[0])?, digits(parts.next()?, widths[1])?, digits(parts.next()?, widths[2])?);
    parts.next().is_none().then_some(numbers)
}

fn digits(text: &str, width: usize) -> Option<i64> {
    (text.len() == width && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

fn leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_of(year: i64, month: i64) -> i64 {
    match month {
        2 => 28 + i64::from(leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let years = year - 1;
    let before_year = years * 365 + years.div_euclid(4) - years.div_euclid(100) + years.div_euclid(400);
    let before_month: i64 = (1..month).map(|month| days_of(year, month)).sum();
    before_year + before_month + day - 1 - 719_162
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_providers_become_unix_seconds() {
        let cases = [
            ("1970-01-01T00:00:00Z", 0),
            ("2026-11-23T09:14:14+00:00", 1_795_425_254),
            ("2027-01-15T09:00:00+00:00", 1_800_003_600),
            ("2027-01-15T09:00:00Z", 1_800_003_600),
            ("2027-01-15t09:00:00.999999999z", 1_800_003_600),
            ("2027-01-15 10:30:00.5+01:30", 1_800_003_600),
            ("2027-01-14T22:00:00-11:00", 1_800_003_600),
            ("2000-02-29T12:00:00Z", 951_825_600),
            ("2016-12-31T23:59:60Z", 1_483_228_800),
            ("9999-12-31T23:59:59Z", 253_402_300_799),
        ];
        for (text, seconds) in cases {
            assert_eq!(parse_rfc3339(text), Some(seconds), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_none() {
        let cases = [
            "",
            "2027",
            "2027-01-15",
            "2027-01-15T09:00:00",
            "2027-13-01T00:00:00Z",
            "2027-00-01T00:00:00Z",
            "2027-02-29T00:00:00Z",
            "1900-02-29T00:00:00Z",
            "2027-01-32T00:00:00Z",
            "2027-01-15T24:00:00Z",
            "2027-01-15T09:60:00Z",
            "2027-01-15T09:00:61Z",
            "2027-01-15T09:00:00.Z",
            "2027-01-15T09:00:00.5",
            "2027-01-15T09:00:00+1:00",
            "2027-01-15T09:00:00+24:00",
            "2027-01-15T09:00:00+0100",
            "1969-12-31T23:59:59Z",
            "0000-01-01T00:00:00Z",
            "-027-01-15T09:00:00Z",
            "+027-01-15T09:00:00Z",
            "2027-01-15T09:00:00é",
            "2027-01-1éT09:00:00Z",
            "2027-01-15T09:00:00Zx",
            "2027-01-15 09:00:00 UTC",
        ];
        for text in cases {
            assert_eq!(parse_rfc3339(text), None, "{text}");
        }
    }
}
