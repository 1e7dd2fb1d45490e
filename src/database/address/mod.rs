//! Where a database is: `postgres://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=…`, as libpq reads it, with its environment
//! variables, its service file and its file of passwords.
//!
//! <https://www.postgresql.org/docs/current/libpq-connect.html>

mod passwords;
mod services;

use super::DatabaseError;
use passwords::password_of;
use postgres::Config;
use postgres::config::{Host, SslMode};
use services::service;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The schema that a catalogue is published into, if none is named.
pub const DEFAULT_SCHEMA: &str = "shoespace";

/// How long a server may take to let somebody in, where the address does not say it.
const CONNECT: Duration = Duration::from_secs(5);
/// How long sent data may stay unanswered before the connection counts as broken.
const SILENCE: Duration = Duration::from_secs(5);

/// What else an address may say, with the variable that says it too.
const FURTHER: [(&str, &str); 6] = [
    ("application_name", "PGAPPNAME"),
    ("options", "PGOPTIONS"),
    ("connect_timeout", "PGCONNECT_TIMEOUT"),
    ("target_session_attrs", "PGTARGETSESSIONATTRS"),
    ("channel_binding", "PGCHANNELBINDING"),
    ("load_balance_hosts", "PGLOADBALANCEHOSTS"),
];

/// How far the server has to prove who it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Proof {
    /// Not at all: the connection is encrypted at most.
    None,
    /// Its certificate is signed by one of the roots.
    Signed(Roots),
    /// And it is of the host that was asked for.
    OfHost(Roots),
}

/// Where the certificates are that are trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Roots {
    /// Those of the system.
    System,
    /// A PEM file.
    File(PathBuf),
}

/// Where a database is, and how to get in.
#[derive(Clone)]
pub struct Address {
    pub(super) config: Config,
    schema: Option<String>,
    /// What its options say beside the schema and the password.
    kept: BTreeMap<String, String>,
    pub(super) proof: Proof,
    shown: String,
}

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.shown)
    }
}

/// The address without its password.
impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.shown)
    }
}

/// Variables and files around an address.
struct Surroundings<'a> {
    variable: &'a dyn Fn(&str) -> Option<String>,
    home: Option<PathBuf>,
}

impl Surroundings<'_> {
    fn in_home(&self, name: &str) -> Option<PathBuf> {
        self.home.as_ref().map(|home| home.join(name))
    }
}

impl Address {
    /// Whether a text is meant as the address of a database, and not as the name of a file: one that is written wrong is told
    /// as such, without what stands in it.
    fn is_one(text: &str) -> bool {
        let text = text.trim().to_ascii_lowercase();
        text.contains("://")
            || text.starts_with("postgres") && text.contains(':')
            || text.contains("password=")
    }

    /// The address that stands in the place of a path.
    pub fn in_place_of(path: &Path) -> Option<&str> {
        path.to_str().filter(|text| Self::is_one(text))
    }

    /// Reads an address, with what the environment says beside it.
    ///
    /// # Errors
    /// It is none; a service or a file that it names is not there.
    pub fn parse(text: &str) -> Result<Self, DatabaseError> {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let home = directories::BaseDirs::new().map(|dirs| dirs.home_dir().to_owned());
        Self::parse_in(
            text,
            &Surroundings {
                variable: &variable,
                home,
            },
        )
    }

    fn parse_in(text: &str, around: &Surroundings<'_>) -> Result<Self, DatabaseError> {
        let unlike = |reason: String| DatabaseError::Address(reason);
        let text = text.trim();
        let is_known = |scheme: &&str| {
            let begins = text.get(..scheme.len());
            begins.is_some_and(|begins| begins.eq_ignore_ascii_case(scheme))
        };
        let scheme = ["postgres://", "postgresql://"].into_iter().find(is_known);
        let Some(scheme) = scheme else {
            return Err(unlike("this is no address of a database".to_owned()));
        };
        let text = &format!("{scheme}{}", &text[scheme.len()..]);
        let (mut rest, mut options) = without_options(text);
        let mut kept = options.clone();
        kept.remove("password");
        // A password with signs that a URL has for itself would else be told as a part of the host.
        let (scheme, after) = rest.split_at(rest.find("://").unwrap_or(0) + 3);
        let authority = &after[..after.find('/').unwrap_or(after.len())];
        // (The library looks for it behind a slash too.)
        if after.matches('@').count() > 1 || after.contains('@') && !authority.contains('@') {
            return Err(unlike(
                "the address has an @ or a / in its user or password: write them as %40 and %2F"
                    .to_owned(),
            ));
        }
        if authority.is_empty() && after.is_empty() {
            rest = format!("{scheme}/");
        }
        let mut config: Config = rest
            .parse()
            .map_err(|error: postgres::Error| unlike(plain(&error)))?;
        // What stands in the address twice could be meant either way.
        let twice = [
            ("user", config.get_user().is_some()),
            ("password", config.get_password().is_some()),
            ("host", !config.get_hosts().is_empty()),
            ("port", !config.get_ports().is_empty()),
            ("dbname", config.get_dbname().is_some()),
        ];
        if let Some((key, _)) = twice
            .iter()
            .find(|(key, is_there)| *is_there && options.contains_key(*key))
        {
            return Err(unlike(format!("the address says the {key} twice")));
        }
        let var = around.variable;
        if let Some(name) = options.remove("service").or_else(|| var("PGSERVICE")) {
            for (key, value) in service(&name, around)? {
                options.entry(key).or_insert(value);
            }
        }
        let mut given = |key: &str, variable: &str| options.remove(key).or_else(|| var(variable));
        let schema = given("schema", "");
        let mode = given("sslmode", "PGSSLMODE");
        let root = given("sslrootcert", "PGSSLROOTCERT");
        let passwords = given("passfile", "PGPASSFILE");
        let user = given("user", "PGUSER").or_else(|| var("USER"));
        if let Some(user) = user.filter(|_| config.get_user().is_none()) {
            config.user(&user);
        }
        let database = given("dbname", "PGDATABASE");
        if let Some(name) = database.filter(|_| config.get_dbname().is_none()) {
            config.dbname(&name);
        }
        let hosts = given("host", "PGHOST").unwrap_or_else(|| "localhost".to_owned());
        if config.get_hosts().is_empty() {
            hosts.split(',').for_each(|host| {
                config.host(host);
            });
        }
        let port = given("port", "PGPORT");
        if let Some(port) = port.filter(|_| config.get_ports().is_empty()) {
            let number = port.parse();
            config.port(number.map_err(|_| unlike(format!("`{port}` is no port")))?);
        }
        let password = given("password", "PGPASSWORD");
        if let Some(password) = password.filter(|_| config.get_password().is_none()) {
            config.password(password);
        }
        for (key, variable) in FURTHER {
            let Some(value) = given(key, variable) else {
                continue;
            };
            let quoted = value.replace('\\', "\\\\").replace('\'', "\\'");
            let one = format!("{key}='{quoted}'").parse();
            let one = one.map_err(|_| unlike(format!("its {key} (or {variable}) is none")))?;
            take(&mut config, &one);
        }
        if !options.is_empty() {
            let known = FURTHER.map(|(key, _)| key).join(", ");
            return Err(unlike(format!(
                "an option of the address says nothing to this program; it knows schema, service, passfile, sslmode, sslrootcert, {known}"
            )));
        }
        if var("PGREQUIREAUTH").is_some() {
            return Err(unlike(
                "PGREQUIREAUTH is set, which this program cannot promise; unset it".to_owned(),
            ));
        }
        if let Some(schema) = &schema {
            sound_schema(schema)?;
        }
        let proof = proof(&mut config, mode.as_deref(), root, around)?;
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT);
        }
        config.tcp_user_timeout(SILENCE).keepalives_idle(SILENCE);
        if config.get_application_name().is_none() {
            config.application_name("shoespace");
        }
        if config.get_password().is_none() {
            let file = passwords.map(PathBuf::from);
            if let Some(password) = password_of(&config, file, around)? {
                config.password(password);
            }
        }
        let shown = shown(&config);
        kept.remove("schema");
        Ok(Self {
            kept,
            config,
            schema,
            proof,
            shown,
        })
    }

    /// The schema that the catalogue is in: what stands in the address as `?schema=…`, for which libpq has no word.
    pub fn schema(&self) -> &str {
        self.schema.as_deref().unwrap_or(DEFAULT_SCHEMA)
    }

    /// The same address with another schema, where one is named.
    ///
    /// # Errors
    /// PostgreSQL can have no schema of that name, or keeps it for itself.
    pub fn in_schema(mut self, schema: Option<&str>) -> Result<Self, DatabaseError> {
        if let Some(schema) = schema {
            sound_schema(schema)?;
            self.schema = Some(schema.to_owned());
        }
        Ok(self)
    }

    /// The address as it can be given again, without its password.
    pub fn again(&self) -> String {
        let of_options = |key: &str| self.kept.contains_key(key);
        let hosts: Vec<String> = (self.config.get_hosts().iter().enumerate())
            .map(|(at, host)| {
                let name = match host {
                    Host::Tcp(name) if name.contains(':') => format!("[{name}]"),
                    Host::Tcp(name) => encoded(name),
                    Host::Unix(folder) => encoded(&folder.to_string_lossy()),
                };
                match of_options("port") {
                    true => name,
                    false => format!("{name}:{}", port(&self.config, at)),
                }
            })
            .collect();
        // What the options say is said there.
        let part = |key: &str, value: Option<&str>| {
            let value = value.filter(|_| !of_options(key));
            value.map(encoded)
        };
        let user = part("user", self.config.get_user());
        let user = user.map_or(String::new(), |user| format!("{user}@"));
        let name = part("dbname", self.config.get_dbname());
        let name = name.map_or(String::new(), |name| format!("/{name}"));
        let hosts = match of_options("host") {
            true => String::new(),
            false => hosts.join(","),
        };
        let schema = self.schema.iter().map(|schema| ("schema", schema));
        let kept = self.kept.iter().map(|(key, value)| (key.as_str(), value));
        let options: Vec<String> = (kept.chain(schema))
            .map(|(key, value)| format!("{key}={}", encoded(value)))
            .collect();
        let mark = if options.is_empty() { "" } else { "?" };
        format!("postgres://{user}{hosts}{name}{mark}{}", options.join("&"))
    }
}

/// The address without what stands behind `?`, and that by name, decoded.
fn without_options(text: &str) -> (String, BTreeMap<String, String>) {
    let Some((rest, behind)) = text.split_once('?') else {
        return (text.to_owned(), BTreeMap::new());
    };
    let pairs = behind.split('&').filter(|pair| !pair.is_empty());
    let options = pairs.map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decoded(key), decoded(value))
    });
    (rest.to_owned(), options.collect())
}

/// That PostgreSQL can have a schema of that name for us.
fn sound_schema(name: &str) -> Result<(), DatabaseError> {
    let reason = match name {
        "" => "has no letter",
        name if name.contains('\0') => "holds a NUL",
        // PostgreSQL would cut it in silence.
        name if name.len() > 63 => "has more than 63 bytes",
        "information_schema" => "belongs to PostgreSQL",
        name if name.starts_with("pg_") => "belongs to PostgreSQL",
        _ => return Ok(()),
    };
    Err(DatabaseError::Unfit(format!(
        "the schema `{name}` {reason}; name another one with --schema"
    )))
}

/// What stands in an address for a text.
fn encoded(text: &str) -> String {
    let letter = |byte: u8| match byte {
        b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'-' | b'_' | b'.' => {
            char::from(byte).to_string()
        }
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(letter).collect()
}

/// `%41` is `A`.
fn decoded(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let code = (bytes[at] == b'%')
            .then(|| text.get(at + 1..at + 3))
            .flatten()
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        out.push(code.unwrap_or(bytes[at]));
        at += if code.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// What the library says of an address, without what stands in it.
fn plain(error: &postgres::Error) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("this address cannot be read ({cause})"),
        None => "this address cannot be read".to_owned(),
    }
}

/// Puts what is said in `one` into `config`.
fn take(config: &mut Config, one: &Config) {
    if let Some(name) = one.get_application_name() {
        config.application_name(name);
    }
    if let Some(options) = one.get_options() {
        config.options(options);
    }
    if let Some(timeout) = one.get_connect_timeout() {
        config.connect_timeout(*timeout);
    }
    let plain = Config::new();
    if one.get_target_session_attrs() != plain.get_target_session_attrs() {
        config.target_session_attrs(one.get_target_session_attrs());
    }
    if one.get_channel_binding() != plain.get_channel_binding() {
        config.channel_binding(one.get_channel_binding());
    }
    if one.get_load_balance_hosts() != plain.get_load_balance_hosts() {
        config.load_balance_hosts(one.get_load_balance_hosts());
    }
}

fn proof(
    config: &mut Config,
    mode: Option<&str>,
    root: Option<String>,
    around: &Surroundings<'_>,
) -> Result<Proof, DatabaseError> {
    let roots = || match root.as_deref() {
        Some("system") => Some(Roots::System),
        Some(file) => Some(Roots::File(file.into())),
        None => {
            let usual = around.in_home(".postgresql/root.crt");
            usual.filter(|file| file.is_file()).map(Roots::File)
        }
    };
    let is_system = root.as_deref() == Some("system");
    let mode = match mode {
        None if is_system => Some("verify-full"),
        // As libpq: anybody has a certificate that the system trusts, so the name has to be looked at.
        Some(mode) if is_system && mode != "verify-full" => {
            return Err(DatabaseError::Address(format!(
                "sslrootcert=system proves nothing with sslmode={mode}; make that verify-full"
            )));
        }
        mode => mode,
    };
    let signed = |mode: &str| {
        roots().ok_or_else(|| {
            DatabaseError::Address(format!(
                "sslmode={mode} needs certificates to trust: add sslrootcert=FILE, or sslrootcert=system"
            ))
        })
    };
    let (how, proof) = match mode.unwrap_or("prefer") {
        "disable" => (SslMode::Disable, Proof::None),
        // The library has no connection that is encrypted only where it must be; preferring it is no less.
        "allow" | "prefer" => (SslMode::Prefer, Proof::None),
        // As libpq: with a file of roots at hand `require` looks at the signature too.
        "require" => (SslMode::Require, roots().map_or(Proof::None, Proof::Signed)),
        "verify-ca" => (SslMode::Require, Proof::Signed(signed("verify-ca")?)),
        "verify-full" => (SslMode::Require, Proof::OfHost(signed("verify-full")?)),
        other => {
            return Err(DatabaseError::Address(format!(
                "sslmode={other} is none of disable, allow, prefer, require, verify-ca, verify-full"
            )));
        }
    };
    config.ssl_mode(how);
    Ok(proof)
}

/// Who asks: as the library has it, where the address says nothing, the user of this system.
fn user(config: &Config) -> String {
    let named = config.get_user().map(str::to_owned);
    let of_system = || {
        std::env::var("USER")
            .or_else(|_| std::env::var("LOGNAME"))
            .ok()
    };
    named.or_else(of_system).unwrap_or_default()
}

fn port(config: &Config, at: usize) -> u16 {
    let ports = config.get_ports();
    *ports.get(at).or(ports.first()).unwrap_or(&5432)
}

/// The address without its password.
fn shown(config: &Config) -> String {
    let hosts = config.get_hosts().iter().enumerate().map(|(at, host)| {
        let name = match host {
            Host::Tcp(name) => name.clone(),
            Host::Unix(folder) => folder.display().to_string(),
        };
        match port(config, at) {
            5432 => name,
            port => format!("{name}:{port}"),
        }
    });
    let user = config
        .get_user()
        .map_or(String::new(), |user| format!("{user}@"));
    let name = config
        .get_dbname()
        .map_or(String::new(), |name| format!("/{name}"));
    format!(
        "postgres://{user}{}{name}",
        hosts.collect::<Vec<_>>().join(",")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_place(
        text: &str,
        home: &Path,
        variables: &[(&str, &str)],
    ) -> Result<Address, DatabaseError> {
        let variable = |name: &str| {
            let mut all = variables.iter();
            let found = all.find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        let home = Some(home.to_owned());
        Address::parse_in(
            text,
            &Surroundings {
                variable: &variable,
                home,
            },
        )
    }

    fn password(address: &Address) -> Option<&str> {
        address
            .config
            .get_password()
            .map(|p| std::str::from_utf8(p).unwrap())
    }

    #[test]
    fn an_address_is_shown_without_its_password() {
        let home = tempfile::tempdir().unwrap();
        let at = |text: &str| in_place(text, home.path(), &[]).unwrap();
        let address = at("postgres://ann:s3cret@db.example:6000/shop?sslmode=require");
        assert_eq!(address.to_string(), "postgres://ann@db.example:6000/shop");
        assert_eq!(format!("{address:?}"), address.to_string());
        assert_eq!(password(&address), Some("s3cret"));
        let named = at("postgres://ann@h/shop?schema=a%20b");
        assert_eq!(named.schema(), "a b");
        assert_eq!(named.again(), "postgres://ann@h:5432/shop?schema=a%20b");
        let other = at(&named.in_schema(Some("c/ü")).unwrap().again());
        assert_eq!(other.schema(), "c/ü");
        for text in [
            "postgres://a%40b:pw@h1,h2:6000/d%2Fe?sslmode=require&application_name=x%26y",
            "postgres://ann@[::1]:6000/shop",
            "postgres://%2Fvar%2Frun/shop",
            "postgres:///shop?host=h&port=7&user=ann",
        ] {
            let (once, again) = (at(text), at(&at(text).again()));
            assert_eq!(once.again(), again.again(), "{text}");
            assert!(!again.again().contains("pw"), "{text}");
            assert_eq!(once.config.get_hosts(), again.config.get_hosts(), "{text}");
            assert_eq!(once.config.get_user(), again.config.get_user(), "{text}");
            assert_eq!(
                once.config.get_dbname(),
                again.config.get_dbname(),
                "{text}"
            );
            assert_eq!(
                once.config.get_ssl_mode(),
                again.config.get_ssl_mode(),
                "{text}"
            );
        }
        let two =
            at("postgresql://a,b:6000/shop?target_session_attrs=read-write&connect_timeout=2");
        assert_eq!(two.to_string(), "postgres://a,b:6000/shop");
        assert_eq!(
            two.config.get_connect_timeout(),
            Some(&Duration::from_secs(2))
        );
        for wrong in [
            "postgres://ann:s3c@ret@db/shop",
            "postgres://ann:s3c/ret@db/shop",
            "postgres://ann:s3c/r@et@db/shop",
            "postgres://ann:s3cret@db/shop?sslrootcert=system&sslmode=require",
            "postgres://ann:s3cret@db:99999999/shop",
            "postgres://ann:s3cret@db/shop?sslmode=sometimes",
            "postgres://ann:s3cret@db/shop?colour=blue",
            "postgres://ann:s3cret@db/shop?sslmode=verify-full",
            "mysql://ann:s3cret@db/shop",
            "host=db password=s3cret",
            "postgres:/ann:s3cret@db/shop",
            "postgres://ann:s3cret@db/shop?s3cret",
            "postgres://ann:s3cret@db/shop?passwrd=s3cret",
            "postgres://ann:s3cret@db/shop?password=s3cret",
            "postgres://ann:s3cret@db/shop?port=3",
        ] {
            let told = in_place(wrong, home.path(), &[]).unwrap_err().to_string();
            assert!(
                !told.contains("s3c") && told.contains("postgres://"),
                "{told}"
            );
        }
    }

    #[test]
    fn what_the_address_does_not_say_comes_from_around_it() {
        let home = tempfile::tempdir().unwrap();
        let around = [
            ("PGUSER", "ben"),
            ("PGHOST", "10.0.0.7"),
            ("PGPORT", "7000"),
            ("PGDATABASE", "shop"),
            ("PGPASSWORD", "word"),
        ];
        let address = in_place("postgres://", home.path(), &around).unwrap();
        assert_eq!(address.to_string(), "postgres://ben@10.0.0.7:7000/shop");
        assert_eq!(password(&address), Some("word"));
        let address = in_place("postgres://eve:own@h/d", home.path(), &around).unwrap();
        assert_eq!(
            (password(&address), address.config.get_user()),
            (Some("own"), Some("eve"))
        );
    }

    #[cfg(unix)]
    #[test]
    fn passwords_and_services_come_from_files() {
        use std::os::unix::fs::PermissionsExt as _;
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join(".pgpass");
        std::fs::write(&file, "other:*:*:*:no\n*:5432:shop:ann:with\\:colon\n").unwrap();
        let at = |text: &str| in_place(text, home.path(), &[]);
        let told = at("postgres://ann@h/shop").unwrap_err().to_string();
        assert!(told.contains("chmod 0600"), "{told}");
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(
            password(&at("postgres://ann@h/shop").unwrap()),
            Some("with:colon")
        );
        assert_eq!(password(&at("postgres://ann@h:1/shop").unwrap()), None);

        let services = home.path().join(".pg_service.conf");
        std::fs::write(
            &services,
            "[other]\nhost=x\n[shop]\n# a note\nhost=db\nport=6001\ndbname=shop\nuser=ann\n",
        )
        .unwrap();
        let address = at("postgres://?service=shop").unwrap();
        assert_eq!(address.to_string(), "postgres://ann@db:6001/shop");
        let told = at("postgres://?service=none").unwrap_err().to_string();
        assert!(told.contains("[none]"), "{told}");
    }
}
