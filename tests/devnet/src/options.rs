//! The command line.

use std::path::PathBuf;

use paygress_support::mint::KeysetVersion;
use paygress_support::provider::ProviderVersion;

/// What is run and where.
#[derive(Debug, Clone)]
pub struct Options {
    /// Control listens here, relays from one above, mints from ten above; 0 takes free ports.
    pub port_base: u16,
    /// How many relays.
    pub relays: u16,
    /// How many mints; the first is the one `/mint/…` switches.
    pub mints: u16,
    /// How many providers; the first is the one `/provider/…` switches.
    pub providers: u16,
    /// Whose behaviour the first provider copies.
    pub provider_version: ProviderVersion,
    /// Seconds between two heartbeats of a provider.
    pub heartbeat_secs: u64,
    /// What the providers' hidden minimum is, seconds.
    pub minimum_secs: u64,
    /// The kind of keyset ids the first mint makes; further mints make the other kind in turn.
    pub keysets: KeysetVersion,
    /// Input fee of the mints, parts per thousand.
    pub fee_ppk: u64,
    /// Seconds after which an invoice pays itself; none leaves it to `/mint/pay`.
    pub auto_pay_secs: Option<u64>,
    /// Mints outside this network that the providers accept and the page is told of.
    pub other_mints: Vec<String>,
    /// Directories served on the page's port.
    pub served: Vec<Served>,
    /// The page's port; 0 takes a free one.
    pub www_port: u16,
    /// End when standard input ends.
    pub until_stdin_closes: bool,
}

/// A directory and the path it is served under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Served {
    /// On disk.
    pub directory: PathBuf,
    /// With its leading slash, `/` for the page itself.
    pub path: String,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port_base: 7700,
            relays: 3,
            mints: 1,
            providers: 1,
            provider_version: ProviderVersion::V019,
            heartbeat_secs: 5,
            minimum_secs: 60,
            keysets: KeysetVersion::V1,
            fee_ppk: 100,
            auto_pay_secs: Some(2),
            other_mints: Vec::new(),
            served: Vec::new(),
            www_port: 8080,
            until_stdin_closes: false,
        }
    }
}

const USAGE: &str = "\
usage: paygress-devnet [options]
  --port-base PORT           control; relays from PORT+1, mints from PORT+10 (7700; 0 takes free ports)
  --relays N                 how many relays (3)
  --mints N                  how many mints (1); 0 for none
  --providers N              how many providers (1); 0 for none
  --relays-only              no mint, no provider
  --provider-version V       0.1.9 or head, for the first provider (0.1.9)
  --heartbeat-secs N         seconds between heartbeats (5)
  --minimum-secs N           the providers' hidden minimum duration (60)
  --keysets V                v1 or v2, for the first mint (v1)
  --fee-ppk N                input fee of the mints (100)
  --auto-pay-secs N|off      invoices pay themselves after N seconds, but not those of moves (2)
  --accept-mint URL          a mint elsewhere that providers and page shall know (repeatable)
  --www DIR                  serve the page from DIR
  --serve DIR=PATH           serve DIR under PATH beside the page (repeatable)
  --www-port PORT            the page's port (8080; 0 takes a free one)
  --until-stdin-closes       end when standard input ends";

impl Options {
    /// What `--help` shows.
    pub fn usage() -> &'static str {
        USAGE
    }

    /// Reads the arguments after the program's name.
    ///
    /// # Errors
    /// One sentence naming the argument that is wrong.
    pub fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Self, String> {
        let mut options = Self::default();
        let mut arguments = arguments.into_iter();
        while let Some(name) = arguments.next() {
            match name.as_str() {
                "--until-stdin-closes" => options.until_stdin_closes = true,
                "--relays-only" => (options.mints, options.providers) = (0, 0),
                _ => {
                    let value = arguments.next().ok_or(format!("{name} wants a value, or is no option"))?;
                    options.set(&name, &value)?;
                }
            }
        }
        Ok(options)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        match name {
            "--port-base" => self.port_base = number(name, value)?,
            "--relays" => self.relays = number(name, value)?,
            "--mints" => self.mints = number(name, value)?,
            "--providers" => self.providers = number(name, value)?,
            "--heartbeat-secs" => self.heartbeat_secs = number::<u64>(name, value)?.max(1),
            "--minimum-secs" => self.minimum_secs = number(name, value)?,
            "--fee-ppk" => self.fee_ppk = number(name, value)?,
            "--www-port" => self.www_port = number(name, value)?,
            "--provider-version" => self.provider_version = version(value)?,
            "--keysets" => self.keysets = keysets(value)?,
            "--auto-pay-secs" if value == "off" => self.auto_pay_secs = None,
            "--auto-pay-secs" => self.auto_pay_secs = Some(number(name, value)?),
            "--accept-mint" => self.other_mints.push(value.to_owned()),
            "--www" => self.served.push(Served { directory: value.into(), path: "/".to_owned() }),
            "--serve" => self.served.push(served(value)?),
            _ => return Err(format!("{name} is no option; try --help")),
        }
        Ok(())
    }
}

fn number<T: std::str::FromStr>(name: &str, value: &str) -> Result<T, String> {
    value.parse().map_err(|_| format!("{name} wants a number in its range, not {value}"))
}

pub(crate) fn version(value: &str) -> Result<ProviderVersion, String> {
    match value {
        "0.1.9" => Ok(ProviderVersion::V019),
        "head" => Ok(ProviderVersion::Head),
        _ => Err(format!("a provider version is 0.1.9 or head, not {value}")),
    }
}

fn keysets(value: &str) -> Result<KeysetVersion, String> {
    match value {
        "v1" => Ok(KeysetVersion::V1),
        "v2" => Ok(KeysetVersion::V2),
        _ => Err(format!("--keysets wants v1 or v2, not {value}")),
    }
}

fn served(value: &str) -> Result<Served, String> {
    match value.rsplit_once('=') {
        Some((directory, path)) if path.starts_with('/') => {
            Ok(Served { directory: directory.into(), path: path.to_owned() })
        }
        Some(_) | None => Err(format!("--serve wants DIR=/PATH, not {value}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Options, String> {
        Options::parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn options_are_read_as_written() {
        let options =
            parse("--port-base 0 --providers 3 --provider-version head --www www --serve pkg=/pkg --keysets v2")
                .expect("all options exist");
        assert_eq!((options.port_base, options.providers), (0, 3));
        assert_eq!(options.provider_version, ProviderVersion::Head);
        assert_eq!(options.keysets, KeysetVersion::V2);
        let paths: Vec<_> = options.served.iter().map(|served| served.path.as_str()).collect();
        assert_eq!(paths, ["/", "/pkg"]);
        assert_eq!(parse("--auto-pay-secs off").expect("an option").auto_pay_secs, None);
    }

    #[test]
    fn a_wrong_argument_is_named() {
        for (line, name) in [
            ("--relays", "--relays"),
            ("--relays many", "--relays"),
            ("--nonsense 1", "--nonsense"),
            ("--serve pkg", "--serve"),
            ("--provider-version 1.0", "1.0"),
        ] {
            let error = parse(line).expect_err("a mistake is refused");
            assert!(error.contains(name), "{error}");
        }
    }
}
