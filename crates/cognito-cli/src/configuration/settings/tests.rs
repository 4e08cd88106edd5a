//! Tests of the precedence of origins, and of invalid files.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::*;

const CONTEXTS: &str = r#"default_context = "dev"

[contexts.dev]
pool = "eu-west-1_Dev"
client = "dev-client"
region = "eu-west-1"

[contexts.prod]
pool = "eu-west-1_Prod"
profile = "prod"
"#;

/// A home directory with a user's file and a project.
struct Home(TempDir);

impl Home {
    fn new(user: &str, project: &str) -> Self {
        let home = Self(tempfile::tempdir().unwrap());
        home.write(".config/cognito/config.toml", user);
        if !project.is_empty() {
            home.write("project/.cognito.toml", project);
        }
        home.write("project/below/file", "");
        home
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn environment(&self, variables: &[(&str, &str)]) -> Environment {
        let home = self.path().display().to_string();
        let variables: Vec<_> = [&[("HOME", &*home)], variables].concat();
        Environment::of(&variables, self.path().join("project/below"))
    }

    fn resolve(
        &self,
        flags: &[(Setting, &str)],
        context: Option<&str>,
        variables: &[(&str, &str)],
    ) -> Outcome<Settings> {
        let flags = flags.iter().map(|(setting, value)| (*setting, (*value).to_owned())).collect();
        Settings::resolve(&flags, context, &self.environment(variables))
    }

    fn failure(&self) -> String {
        let failure = self.resolve(&[], None, &[]).unwrap_err();
        assert_eq!(failure.exit().code(), 2);
        failure.to_text(false)
    }
}

fn origin(settings: &Settings, setting: Setting) -> String {
    settings.located(setting).unwrap().origin.to_string()
}

#[test]
fn options_come_before_variables_before_the_project_before_the_context() {
    let home = Home::new(CONTEXTS, "pool = \"eu-west-1_Project\"\n");
    let settings = home.resolve(&[], None, &[]).unwrap();
    assert_eq!(settings.get(Setting::Pool), Some("eu-west-1_Project"));
    assert!(origin(&settings, Setting::Pool).ends_with("project/.cognito.toml"));
    assert_eq!(settings.get(Setting::Client), Some("dev-client"));
    assert!(origin(&settings, Setting::Client).starts_with("context dev in "));

    let variables = [("COGNITO_POOL", "eu-west-1_Variable"), ("COGNITO_CLIENT", "")];
    let settings = home.resolve(&[], None, &variables).unwrap();
    assert_eq!(settings.get(Setting::Pool), Some("eu-west-1_Variable"));
    assert_eq!(settings.get(Setting::Client), Some("dev-client"), "an empty one is not set");

    let flags = [(Setting::Pool, "eu-west-1_Flag")];
    let settings = home.resolve(&flags, None, &variables).unwrap();
    assert_eq!(settings.get(Setting::Pool), Some("eu-west-1_Flag"));
    assert_eq!(origin(&settings, Setting::Pool), "option --pool");
}

#[test]
fn variables_of_the_program_come_before_those_of_aws() {
    let home = Home::new("", "");
    let aws = [
        ("AWS_ENDPOINT_URL", "http://localhost:1"),
        ("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", "http://localhost:2"),
        ("AWS_REGION", "eu-west-1"),
    ];
    let settings = home.resolve(&[], None, &aws).unwrap();
    assert_eq!(settings.get(Setting::EndpointUrl), Some("http://localhost:2"));
    assert_eq!(settings.get(Setting::Region), Some("eu-west-1"));
    let own = [("COGNITO_ENDPOINT_URL", "http://localhost:3"), ("COGNITO_REGION", "eu-west-2")];
    let settings = home.resolve(&[], None, &[&aws[..], &own].concat()).unwrap();
    assert_eq!(settings.get(Setting::EndpointUrl), Some("http://localhost:3"));
    assert_eq!(settings.get(Setting::Region), Some("eu-west-2"));
}

#[test]
fn context_of_the_command_line_comes_before_variables() {
    let home = Home::new(CONTEXTS, "pool = \"eu-west-1_Project\"\n");
    let variables = [("AWS_PROFILE", "other"), ("COGNITO_CONTEXT", "dev")];
    let settings = home.resolve(&[], Some("prod"), &variables).unwrap();
    assert_eq!(settings.get(Setting::Profile), Some("prod"));
    assert_eq!(settings.get(Setting::Pool), Some("eu-west-1_Prod"));
    assert_eq!(settings.context().unwrap().value, "prod");
}

#[test]
fn name_of_a_context_is_a_plain_text() {
    for name in [r#""""#, r#"" ""#, r#""dev ""#, r#""a\nb""#, r#""\u00a0dev""#] {
        let home = Home::new(&format!("[contexts.dev]\n\n[contexts.{name}]\n"), "");
        let failure = home.failure();
        assert!(failure.contains("config.toml, line 3: the name of a context"), "{failure}");
    }
    let home = Home::new("[contexts.\"dev of übung\"]\npool = \"eu-west-1_Dev\"\n", "");
    let settings = home.resolve(&[], Some("dev of übung"), &[]).unwrap();
    assert_eq!(settings.get(Setting::Pool), Some("eu-west-1_Dev"));
}

#[test]
fn chosen_context_replaces_the_default_of_the_file() {
    let home = Home::new(CONTEXTS, "");
    let environment = home.environment(&[]);
    let contexts = Contexts::read(&environment).unwrap();
    contexts.choose("prod", &environment).unwrap();
    let settings = home.resolve(&[], None, &[]).unwrap();
    assert_eq!(settings.context().unwrap().value, "prod");
    let failure = contexts.choose("absent", &environment).unwrap_err();
    assert_eq!(failure.exit().code(), 4);
    assert!(failure.to_text(false).contains("the contexts are dev, prod"));
}

#[test]
fn project_names_a_context() {
    let home = Home::new(CONTEXTS, "context = \"prod\"\n");
    let settings = home.resolve(&[], None, &[]).unwrap();
    assert_eq!(settings.get(Setting::Pool), Some("eu-west-1_Prod"));
}

#[test]
fn bad_files_are_reported_with_line_and_reason() {
    let cases = [
        ("[contexts.dev]\npool = 7\n", "line 2: `pool` must be a string"),
        ("[contexts.dev]\n\npol = \"a\"\n", "line 3: there is no setting `pol`"),
        ("[contexts.dev]\npool = \"\"\n", "line 2: `pool` is empty"),
        ("[contexts]\ndev = 1\n", "line 2: a context must be a table"),
        ("contexts = 1\n", "line 1: `contexts` must be a table"),
        ("pool = \"eu-west-1_A\"\n", "write settings into tables such as [contexts.dev]"),
        ("[contexts.dev]\npool = \"a\"\npool = \"b\"\n", "line 3: duplicate key"),
        ("[contexts.dev\n", "line 1: "),
        ("default_context = \"gone\"\n", "there is no context `gone`"),
    ];
    for (text, expected) in cases {
        let home = Home::new(text, "");
        let failure = home.resolve(&[], None, &[]).unwrap_err().to_text(false);
        assert!(failure.contains(expected), "{text:?}: {failure}");
    }
    let failure = Home::new("", "token_store = \"file\"\n").failure();
    assert!(failure.contains("line 1: `token_store` is a setting of the user"), "{failure}");
}

#[test]
fn secrets_in_files_are_refused_and_not_shown() {
    for (key, place) in [("client_secret", "[contexts.a]\n"), ("password", "")] {
        let text = format!("{place}{key} = \"hunter2\"\n");
        let failure = Home::new(&text, "").resolve(&[], None, &[]).unwrap_err().to_text(true);
        assert!(!failure.contains("hunter2"), "{failure}");
    }
    let failure = Home::new("", "client_secret = \"hunter2\"\n").failure();
    assert!(failure.contains("secrets do not belong in files"), "{failure}");
    let failure = Home::new("[contexts.a]\nclient_secret = \"hunter2\n", "").failure();
    assert!(failure.contains("line 2") && !failure.contains("hunter2"), "{failure}");
}
