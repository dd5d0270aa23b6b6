//! Text of strangers, made fit to be shown (PROTOCOL §12.1, pitfall 32).

/// The text without the characters that cannot be seen or that reorder others, white space as single blanks, and cut
/// after so many characters.
pub(crate) fn clean(text: &str, longest: usize) -> String {
    let mut shown = String::new();
    let mut count = 0;
    let mut blank = false;
    for c in text.chars() {
        if c.is_whitespace() {
            blank = count > 0;
            continue;
        }
        if unseen(c) {
            continue;
        }
        if count + usize::from(blank) >= longest {
            shown.push('…');
            break;
        }
        if blank {
            shown.push(' ');
            count += 1;
            blank = false;
        }
        shown.push(c);
        count += 1;
    }
    shown
}

/// The text with every Cashu token in it blacked out.
pub(crate) fn redact(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("cashu") {
        let (before, token) = rest.split_at(at);
        let end = token.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | '=' | '+' | '/'));
        let (token, after) = token.split_at(end.unwrap_or(token.len()));
        shown.push_str(before);
        let is_token = token[5..].starts_with(['A', 'B']);
        shown.push_str(if is_token { "cashu…" } else { token });
        rest = after;
    }
    shown.push_str(rest);
    shown
}

fn unseen(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_or_reorders_text_is_left_out() {
        assert_eq!(clean("safe\u{202e}txt.exe\u{2066}\u{200f}", 80), "safetxt.exe");
        assert_eq!(clean("a\u{1b}[31mred\u{7}\u{0}\u{9b}", 80), "a[31mred");
        assert_eq!(clean("  two\n\n lines\t\u{2028}here \r\n", 80), "two lines here");
        assert_eq!(clean("zero\u{200b}\u{feff}width\u{e0041}", 80), "zerowidth");
        assert_eq!(clean("Zürich 東京 🚀", 80), "Zürich 東京 🚀");
    }

    #[test]
    fn tokens_are_blacked_out() {
        let echoed = r#"near {"cashu_token":"cashuBo2FtdWh0-_dHA=","pod"} and cashuAeyJ"#;
        assert_eq!(redact(echoed), r#"near {"cashu_token":"cashu…","pod"} and cashu…"#);
        assert_eq!(redact("this Cashu token, a cashu"), "this Cashu token, a cashu");
    }

    #[test]
    fn long_text_is_cut_and_says_so() {
        assert_eq!(clean("12345", 5), "12345");
        assert_eq!(clean("123456", 5), "12345…");
        assert_eq!(clean("1234 56", 5), "1234…");
        assert_eq!(clean("12345   ", 5), "12345");
        assert_eq!(clean("東京東京東京", 3), "東京東…");
    }
}
