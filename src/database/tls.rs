//! An encrypted connection, and how far the server proves who it is.

use super::DatabaseError;
use super::address::{Address, Proof, Roots};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
};
use std::path::Path;
use std::sync::Arc;
use tokio_postgres_rustls::MakeRustlsConnect;

/// What makes the connections to `address` encrypted.
///
/// # Errors
/// Certificates that cannot be read.
pub(super) fn connector(address: &Address) -> Result<MakeRustlsConnect, DatabaseError> {
    let provider = Arc::new(ring::default_provider());
    let lenient = |signed_by| {
        let provider = provider.clone();
        Arc::new(Lenient {
            signed_by,
            provider,
        })
    };
    let verifier: Arc<dyn ServerCertVerifier> = match &address.proof {
        Proof::None => lenient(None),
        Proof::Signed(roots) => lenient(Some(by(roots, &provider)?)),
        Proof::OfHost(roots) => by(roots, &provider)?,
    };
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| DatabaseError::Address(format!("no encryption can be had ({error})")))?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

/// Who believes what these roots have signed.
fn by(
    roots: &Roots,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<WebPkiServerVerifier>, DatabaseError> {
    let (certificates, name) = match roots {
        Roots::System => (
            rustls_native_certs::load_native_certs().certs,
            "the certificates of this system".to_owned(),
        ),
        Roots::File(file) => (read(file)?, file.display().to_string()),
    };
    let failed = |reason: String| DatabaseError::File {
        file: name.clone(),
        reason,
    };
    let mut store = RootCertStore::empty();
    store.add_parsable_certificates(certificates);
    let provider = provider.clone();
    WebPkiServerVerifier::builder_with_provider(Arc::new(store), provider)
        .build()
        .map_err(|error| failed(format!("no certificate to trust in it ({error})")))
}

fn read(file: &Path) -> Result<Vec<CertificateDer<'static>>, DatabaseError> {
    let failed = |error: rustls::pki_types::pem::Error| DatabaseError::File {
        file: file.display().to_string(),
        reason: format!("certificates cannot be read from it ({error})"),
    };
    let all = CertificateDer::pem_file_iter(file).map_err(failed)?;
    all.collect::<Result<_, _>>().map_err(failed)
}

/// Believes a certificate as far as it is told to; what the server signs with it is always looked at.
#[derive(Debug)]
struct Lenient {
    /// Whose signature a certificate has to have, of whatever host: `sslmode=verify-ca`. None: any certificate does, as with
    /// libpq's `sslmode=require`: nobody listens who only listens.
    signed_by: Option<Arc<WebPkiServerVerifier>>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Lenient {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        host: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        use CertificateError::{NotValidForName, NotValidForNameContext};
        let Some(signed_by) = &self.signed_by else {
            return Ok(ServerCertVerified::assertion());
        };
        match signed_by.verify_server_cert(certificate, between, host, ocsp, now) {
            // The name is looked at last.
            Err(rustls::Error::InvalidCertificate(
                NotValidForName | NotValidForNameContext { .. },
            )) => Ok(ServerCertVerified::assertion()),
            other => other,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let known = &self.provider.signature_verification_algorithms;
        known.supported_schemes()
    }
}
