//! Where a database is: `postgres://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=…`, as libpq reads it, with its environment
//! variables, its service file and its file of passwords.
//!
//! <https://www.postgresql.org/docs/current/libpq-connect.html>

use super::DatabaseError;
use postgres::Config;
use postgres::config::{Host, SslMode};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The schema that a catalogue is published into, if none is named.
pub const DEFAULT_SCHEMA: &str = "shoespace";

/// How long a server may take to let somebody in, where the address does not say it.
const CONNECT: Duration = Duration::from_secs(5);
/// How long sent data may stay unanswered before the connection counts as broken.
const SILENCE: Duration = Duration::from_secs(5);

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
    /// Whether a text is meant as the address of a database.
    pub fn is_one(text: &str) -> bool {
        ["postgres://", "postgresql://"]
            .iter()
            .any(|scheme| text.starts_with(scheme))
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
        if !Self::is_one(text) {
            return Err(unlike("this is no address of a database".to_owned()));
        }
        let (mut rest, mut options) = without_options(text);
        // A password with signs that a URL has for itself would else be told as a part of the host.
        let (scheme, after) = rest.split_at(rest.find("://").unwrap_or(0) + 3);
        let authority = &after[..after.find('/').unwrap_or(after.len())];
        if authority.matches('@').count() > 1 {
            return Err(unlike(
                "the address has more than one @: write one in a user or password as %40"
                    .to_owned(),
            ));
        }
        if authority.is_empty() && after.is_empty() {
            rest = format!("{scheme}/");
        }
        let mut config: Config = rest
            .parse()
            .map_err(|error: postgres::Error| unlike(plain(&error)))?;
        let var = around.variable;
        if let Some(name) = options.remove("service").or_else(|| var("PGSERVICE")) {
            for (key, value) in service(&name, around)? {
                options.entry(key).or_insert(value);
            }
        }
        let schema = options.remove("schema");
        let mut given = |key: &str, variable: &str| {
            let from_variable = || (!variable.is_empty()).then(|| var(variable)).flatten();
            options.remove(key).or_else(from_variable)
        };
        let mode = given("sslmode", "PGSSLMODE");
        let root = given("sslrootcert", "PGSSLROOTCERT");
        let passwords = given("passfile", "PGPASSFILE");
        if config.get_user().is_none()
            && let Some(user) = given("user", "PGUSER")
        {
            config.user(&user);
        }
        if config.get_dbname().is_none()
            && let Some(name) = given("dbname", "PGDATABASE")
        {
            config.dbname(&name);
        }
        if config.get_hosts().is_empty() {
            let host = given("host", "PGHOST").unwrap_or_else(|| "localhost".to_owned());
            host.split(',').for_each(|host| {
                config.host(host);
            });
        }
        if config.get_ports().is_empty()
            && let Some(port) = given("port", "PGPORT")
        {
            let port = port
                .parse()
                .map_err(|_| unlike(format!("`{port}` is no port")))?;
            config.port(port);
        }
        if config.get_password().is_none()
            && let Some(password) = given("password", "PGPASSWORD")
        {
            config.password(password);
        }
        // What is left is the library's: hosts by target_session_attrs, application_name, connect_timeout …
        for (key, value) in options {
            let quoted = value.replace('\\', "\\\\").replace('\'', "\\'");
            let one: Config = format!("{key}='{quoted}'")
                .parse()
                .map_err(|_| unlike(format!("`{key}={value}` says nothing to this program")))?;
            take(&mut config, &one);
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
        Ok(Self {
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
    #[must_use]
    pub fn in_schema(mut self, schema: Option<&str>) -> Self {
        if let Some(schema) = schema {
            self.schema = Some(schema.to_owned());
        }
        self
    }

    /// The address as it can be given again, without its password.
    pub fn with_schema(&self) -> String {
        match &self.schema {
            Some(schema) => format!("{}?schema={}", self.shown, encoded(schema)),
            None => self.shown.clone(),
        }
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

/// What a service file says of a service.
fn service(
    name: &str,
    around: &Surroundings<'_>,
) -> Result<BTreeMap<String, String>, DatabaseError> {
    let var = around.variable;
    let own = var("PGSERVICEFILE").map(PathBuf::from);
    let own = own.or_else(|| around.in_home(".pg_service.conf"));
    let all = var("PGSYSCONFDIR").map(|folder| Path::new(&folder).join("pg_service.conf"));
    for file in own.iter().chain(&all) {
        let Ok(text) = std::fs::read_to_string(file) else {
            continue;
        };
        let mut found = None;
        for line in text.lines().map(str::trim) {
            if let Some(section) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
                if found.is_some() {
                    break;
                }
                found = (section == name).then(BTreeMap::new);
            } else if let (Some(found), Some((key, value))) = (&mut found, line.split_once('='))
                && !line.starts_with('#')
            {
                found.insert(key.trim().to_owned(), value.trim().to_owned());
            }
        }
        if let Some(found) = found {
            return Ok(found);
        }
    }
    let files: Vec<String> = own
        .iter()
        .chain(&all)
        .map(|f| f.display().to_string())
        .collect();
    Err(DatabaseError::File {
        file: files.join(", "),
        reason: format!("has no service [{name}]; write one, or name the server in the address"),
    })
}

/// The password that the file of passwords has for this server.
fn password_of(
    config: &Config,
    named: Option<PathBuf>,
    around: &Surroundings<'_>,
) -> Result<Option<String>, DatabaseError> {
    let is_named = named.is_some();
    let Some(file) = named.or_else(|| around.in_home(".pgpass")) else {
        return Ok(None);
    };
    let text = match std::fs::read_to_string(&file) {
        Ok(text) => text,
        Err(error) if is_named => {
            return Err(DatabaseError::File {
                file: file.display().to_string(),
                reason: format!("the file of passwords cannot be read ({error})"),
            });
        }
        Err(_) => return Ok(None),
    };
    if is_open_to_others(&file) {
        return Err(DatabaseError::File {
            file: file.display().to_string(),
            reason: "others can read this file of passwords; run chmod 0600 on it".to_owned(),
        });
    }
    let user = user(config);
    let database = config.get_dbname().unwrap_or(&user).to_owned();
    for (at, host) in config.get_hosts().iter().enumerate() {
        let host = match host {
            Host::Tcp(name) => name.clone(),
            Host::Unix(_) => "localhost".to_owned(),
        };
        let wanted = [
            host,
            port(config, at).to_string(),
            database.clone(),
            user.clone(),
        ];
        let found = text.lines().find_map(|line| {
            let fields = fields(line);
            let fits = fields.len() == 5
                && (fields.iter().zip(&wanted)).all(|(has, wants)| has == "*" || has == wants);
            fits.then(|| fields[4].clone())
        });
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

#[cfg(unix)]
fn is_open_to_others(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(file).is_ok_and(|about| about.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_open_to_others(_: &Path) -> bool {
    false
}

/// `host:port:database:user:password`, where `\:` is a colon.
fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut letters = line.trim_end_matches('\r').chars();
    while let Some(letter) = letters.next() {
        let last = fields.len() - 1;
        match letter {
            '\\' => fields[last].extend(letters.next()),
            ':' if fields.len() < 5 => fields.push(String::new()),
            other => fields[last].push(other),
        }
    }
    fields
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
        assert_eq!(named.with_schema(), "postgres://ann@h/shop?schema=a%20b");
        let other = at(&named.in_schema(Some("c/ü")).with_schema());
        assert_eq!(other.schema(), "c/ü");
        let two =
            at("postgresql://a,b:6000/shop?target_session_attrs=read-write&connect_timeout=2");
        assert_eq!(two.to_string(), "postgres://a,b:6000/shop");
        assert_eq!(
            two.config.get_connect_timeout(),
            Some(&Duration::from_secs(2))
        );
        for wrong in [
            "postgres://ann:s3c@ret@db/shop",
            "postgres://ann:s3cret@db:99999999/shop",
            "postgres://ann:s3cret@db/shop?sslmode=sometimes",
            "postgres://ann:s3cret@db/shop?colour=blue",
            "postgres://ann:s3cret@db/shop?sslmode=verify-full",
            "mysql://ann:s3cret@db/shop",
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
