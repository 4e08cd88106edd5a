//! Identity providers.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cognito_emulator::PoolSettings;
use serde_json::{Value, json};

use crate::support::{Pool, emulator, pages, with};

fn google() -> Value {
    json!({
        "ProviderName": "Google", "ProviderType": "Google",
        "ProviderDetails": {
            "client_id": "1.apps.googleusercontent.com", "client_secret": "s",
            "authorize_scopes": "email openid",
        },
        "AcrMapping": { "Level2": "urn:google:mfa" },
        "AttributeMapping": { "email": "email", "username": "sub" },
        "IdpIdentifiers": ["example.com"],
    })
}

fn saml(name: &str) -> Value {
    let details = json!({ "MetadataURL": "https://idp.example.com/metadata" });
    json!({ "ProviderName": name, "ProviderType": "SAML", "ProviderDetails": details })
}

/// Creates a provider, and returns its IdentityProviderType.
fn create(pool: &Pool, input: Value) -> Value {
    pool.call("CreateIdentityProvider", input)["IdentityProvider"].clone()
}

#[test]
fn secrets_of_a_provider_are_in_no_message() {
    let pool = Pool::new();
    let details = json!({ "client_id": "1", "client_secret": "s3cret", "x": "y".repeat(131_073) });
    let message = pool
        .invalid("CreateIdentityProvider", with(&google(), json!({ "ProviderDetails": details })));
    assert!(message.contains("'providerDetails'"), "{message}");
    assert!(!message.contains("s3cret"), "{message}");
}

#[test]
fn provider_is_created_found_updated_and_deleted() {
    let pool = Pool::new();
    let made = create(&pool, google());
    let sent = google();
    for member in
        ["ProviderName", "ProviderType", "AcrMapping", "AttributeMapping", "IdpIdentifiers"]
    {
        assert_eq!(made[member], sent[member]);
    }
    assert_eq!(made["UserPoolId"], pool.0.id().as_str());
    let details = &made["ProviderDetails"];
    assert_eq!(details["client_secret"], "s");
    assert_eq!(details["token_url"], "https://www.googleapis.com/oauth2/v4/token");
    let named = json!({ "ProviderName": "Google" });
    let describe =
        || pool.call("DescribeIdentityProvider", named.clone())["IdentityProvider"].clone();
    assert_eq!(describe(), made);
    let by_domain = json!({ "IdpIdentifier": "example.com" });
    let found = pool.call("GetIdentityProviderByIdentifier", by_domain.clone());
    assert_eq!(found["IdentityProvider"], made);

    pool.0.clock().advance(Duration::from_secs(60));
    let update =
        with(&named, json!({ "AttributeMapping": { "name": "name" }, "IdpIdentifiers": [] }));
    pool.call("UpdateIdentityProvider", update);
    let changed = describe();
    assert_eq!(changed["AttributeMapping"], json!({ "name": "name" }));
    assert_eq!(changed["ProviderDetails"], made["ProviderDetails"]);
    assert_eq!(changed["CreationDate"], made["CreationDate"]);
    assert_ne!(changed["LastModifiedDate"], made["LastModifiedDate"]);
    let gone = pool.refused("GetIdentityProviderByIdentifier", by_domain);
    assert_eq!(gone, "ResourceNotFoundException");

    assert_eq!(pool.call("DeleteIdentityProvider", named.clone()), json!({}));
    for operation in
        ["DeleteIdentityProvider", "DescribeIdentityProvider", "UpdateIdentityProvider"]
    {
        assert_eq!(pool.refused(operation, named.clone()), "ResourceNotFoundException");
    }
}

#[test]
fn names_and_identifiers_are_unique() {
    let pool = Pool::new();
    create(&pool, google());
    assert_eq!(pool.refused("CreateIdentityProvider", google()), "DuplicateProviderException");
    let taken = with(&saml("corporate"), json!({ "IdpIdentifiers": ["example.com"] }));
    assert_eq!(pool.refused("CreateIdentityProvider", taken), "DuplicateProviderException");
    create(&pool, saml("corporate"));
    let taken = json!({ "ProviderName": "corporate", "IdpIdentifiers": ["example.com"] });
    assert_eq!(pool.refused("UpdateIdentityProvider", taken), "DuplicateProviderException");
}

#[test]
fn required_details_depend_on_the_type() {
    let pool = Pool::new();
    let apple = ["client_id", "team_id", "key_id", "private_key"];
    let oidc = ["client_id", "attributes_request_method", "oidc_issuer", "authorize_scopes"];
    let social = ["client_id", "client_secret", "authorize_scopes"];
    for (name, kind, details) in [
        ("Facebook", "Facebook", social.as_slice()),
        ("Google", "Google", &social),
        ("LoginWithAmazon", "LoginWithAmazon", &social),
        ("SignInWithApple", "SignInWithApple", &apple),
        ("MyOidc", "OIDC", &oidc),
        ("MySaml", "SAML", &["MetadataFile"]),
    ] {
        let value = |detail: &str| match detail {
            "oidc_issuer" => json!("https://idp.example.com"),
            _ => json!("x"),
        };
        let all: Value = details.iter().map(|name| ((*name).to_owned(), value(name))).collect();
        let input = |details: Value| json!({ "ProviderName": name, "ProviderType": kind, "ProviderDetails": details });
        for missing in details {
            let mut few = all.clone();
            few.as_object_mut().unwrap().remove(*missing);
            pool.invalid("CreateIdentityProvider", input(few));
        }
        let made = create(&pool, input(all));
        assert!(made["ProviderDetails"].get("private_key").is_none(), "Apple's key is not shown");
    }
    // The mapping can be updated without the key.
    let mapping =
        json!({ "ProviderName": "SignInWithApple", "AttributeMapping": { "email": "email" } });
    pool.call("UpdateIdentityProvider", mapping);
    for wrong in [
        json!({ "ProviderName": "Other", "ProviderType": "Google" }),
        json!({ "ProviderName": "Google", "ProviderType": "Facebook" }),
        json!({ "ProviderName": "with_score", "ProviderType": "OIDC" }),
        json!({ "ProviderName": "ok", "ProviderType": "GitHub" }),
        json!({ "ProviderName": "ok" }),
    ] {
        let details = json!({ "ProviderDetails": google()["ProviderDetails"] });
        pool.invalid("CreateIdentityProvider", with(&wrong, details));
    }
}

#[test]
fn a_saml_provider_is_described_with_its_addresses_and_the_pools_certificate() {
    let pool = Pool::new();
    let metadata = r#"<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata">
        <IDPSSODescriptor>
          <SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
                               Location="https://idp.example.com/sso"/>
          <SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
                               Location="https://idp.example.com/slo"/>
        </IDPSSODescriptor>
      </EntityDescriptor>"#;
    let details = json!({ "MetadataFile": metadata, "IDPSignout": "true" });
    create(&pool, with(&saml("file"), json!({ "ProviderDetails": details })));
    let describe = |name: &str| {
        let named = json!({ "ProviderName": name });
        pool.call("DescribeIdentityProvider", named)["IdentityProvider"]["ProviderDetails"].clone()
    };
    let described = describe("file");
    assert_eq!(described["SSORedirectBindingURI"], "https://idp.example.com/sso");
    assert_eq!(described["SLORedirectBindingURI"], "https://idp.example.com/slo");
    assert_eq!(described["IDPSignout"], "true");
    let certificate = described["ActiveEncryptionCertificate"].as_str().unwrap();
    let der = STANDARD.decode(certificate).unwrap();
    assert_eq!(der[..2], [0x30, 0x82], "a DER sequence");
    let id = pool.0.id();
    let names = der.windows(id.as_str().len()).filter(|bytes| *bytes == id.as_str().as_bytes());
    assert_eq!(names.count(), 2, "the certificate is self-signed");

    create(&pool, saml("url"));
    let described = describe("url");
    assert_eq!(
        described["ActiveEncryptionCertificate"], certificate,
        "the certificate is the pool's"
    );
    assert!(described.get("SSORedirectBindingURI").is_none(), "no metadata is fetched");
    // An update with the described members changes nothing.
    let update = json!({ "ProviderName": "url", "ProviderDetails": described });
    pool.call("UpdateIdentityProvider", update);
    assert_eq!(describe("url"), described);
}

#[test]
fn pool_created_in_the_far_future_has_a_certificate() {
    let emulator = emulator();
    emulator.clock().advance(Duration::from_secs(300_000_000_000));
    let pool = Pool(emulator.create_pool(PoolSettings::default()).unwrap());
    let provider = create(&pool, saml("MySaml"));
    assert!(provider["ProviderDetails"]["ActiveEncryptionCertificate"].is_string());
}

#[test]
fn providers_are_listed_in_pages() {
    let pool = Pool::new();
    for number in 0..5 {
        create(&pool, saml(&format!("saml{number}")));
    }
    let names = ["Providers", "NextToken"];
    let listed = pages(&pool, "ListIdentityProviders", &json!({ "MaxResults": 2 }), names);
    assert_eq!(listed.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 1]);
    let first = &listed[0][0];
    let expected = json!({
        "ProviderName": "saml0", "ProviderType": "SAML",
        "CreationDate": first["CreationDate"], "LastModifiedDate": first["LastModifiedDate"],
    });
    assert_eq!(first, &expected);
    let all = pages(&pool, "ListIdentityProviders", &json!({ "MaxResults": 0 }), names);
    assert_eq!(all.concat().len(), 5);
}

#[test]
fn clients_only_support_existing_providers() {
    let pool = Pool::new();
    create(&pool, google());
    let update = json!({ "SupportedIdentityProviders": ["COGNITO", "Google"] });
    pool.call("UpdateUserPoolClient", update.clone());
    pool.call("DeleteIdentityProvider", json!({ "ProviderName": "Google" }));
    let message = format!("The provider Google does not exist for User Pool {}.", pool.0.id());
    assert_eq!(pool.invalid("UpdateUserPoolClient", update), message);
}
